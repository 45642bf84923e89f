/** Dead letters by what their last send came to. Pure. */
import type { Delivery } from '../../lib/types';

type Outcome = Pick<Delivery, 'http_status' | 'error_code'>;
export interface DeadLetterGroup extends Outcome {
  readonly count: number;
}

/** Largest first. */
export function groupDeadLetters(rows: readonly Outcome[]): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const { http_status, error_code } of rows) {
    const key = `${http_status} ${error_code}`;
    groups.set(key, { http_status, error_code, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** The filters of the log that show a group, and with which it is replayed. */
export const filterOf = ({ http_status, error_code }: Outcome): { http_status: string | undefined; error_code: string | undefined } => ({
  http_status: http_status?.toString(),
  error_code: error_code ?? undefined,
});

/** How many of the rows each webhook has, most first. */
export function countByWebhook(rows: readonly Pick<Delivery, 'webhook_id'>[]): [webhook_id: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { webhook_id } of rows) counts.set(webhook_id, (counts.get(webhook_id) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
