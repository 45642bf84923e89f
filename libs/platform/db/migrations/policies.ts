import { APP_ROLE, OWNER_ROLE, PLATFORM_ROLE } from '../role-names.js';
import { identifier } from './names.js';

/**
 * The canonical expression of every tenant policy. `(select …)` makes it an initplan, evaluated once a statement and not once a row; `true` and
 * `nullif` make "no tenant set" mean no rows, where an error would tell a stranger that the table exists. test/architecture/rls-lint.sql
 * compares what PostgreSQL prints of it, so a change here is a change there.
 */
export const TENANT_EXPRESSION = `tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)`;

/**
 * The second fence, for tables with `store_id` that ask for it: unset or empty shows only rows that belong to no store,
 * '*' shows all, a list shows exactly its stores.
 */
export const STORE_EXPRESSION = `store_id is null
  or (select current_setting('app.store_scope', true)) = '*'
  or store_id = any ((select string_to_array(nullif(nullif(current_setting('app.store_scope', true), '*'), ''), ',')::uuid[])::uuid[])`;

/**
 * Row-level security of one tenant table: forced, so that it binds the owner too; one policy for each role that may see rows, and every
 * policy names its role. `owner_all` is what lets a migration touch rows inside `withRows`.
 */
export function rowLevelSecurity(table: string, options: { readonly stores?: boolean } = {}): string[] {
  const on = identifier(table);
  return [
    ...securityStatements(on),
    ...(options.stores === true ? [`create policy store_scope on ${on} as restrictive to ${APP_ROLE} using (${STORE_EXPRESSION})`] : []),
  ];
}

/** The statements alone; `on` may be a placeholder of `format()`, which is how the function that makes partitions writes the same text. */
export function securityStatements(on: string): string[] {
  return [
    `alter table ${on} enable row level security`,
    `alter table ${on} force row level security`,
    `create policy tenant_isolation on ${on} to ${APP_ROLE} using (${TENANT_EXPRESSION}) with check (${TENANT_EXPRESSION})`,
    `create policy platform_all on ${on} to ${PLATFORM_ROLE} using (true) with check (true)`,
    `create policy owner_all on ${on} to ${OWNER_ROLE} using (true) with check (true)`,
  ];
}
