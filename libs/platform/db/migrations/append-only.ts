import { identifier } from './names.js';

/** Which changes a table refuses: all of them, or only UPDATE, where old rows may be thinned out. */
export type AppendOnly = 'changes' | 'updates';

/**
 * Triggers beside the missing grants: they bind the owner and the platform role too. A row trigger is cloned to every partition; the one
 * for TRUNCATE is a statement trigger, which is not, so each partition gets its own (`ensure_partitions` does it).
 */
export function appendOnlyTriggers(table: string, kind: AppendOnly): string[] {
  const on = identifier(table);
  const events = kind === 'changes' ? 'update or delete' : 'update';
  return [
    `create trigger ${identifier(`${table}_append_only`)} before ${events} on ${on} for each row execute function append_only()`,
    `create trigger ${identifier(`${table}_no_truncate`)} before truncate on ${on} for each statement execute function append_only()`,
  ];
}
