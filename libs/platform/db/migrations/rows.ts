import type { QueryRunner } from 'typeorm';
import { OWNER_ROLE } from '../role-names.js';
import { identifier } from './names.js';
import { isPlan } from './recorder.js';

export interface Expectation {
  /** How many rows the work changes: a number, or a query that answers one (`select count(*) …`). */
  readonly expect: number | string;
}

/**
 * The only way for a migration to touch rows of tenants. Migration sessions run with `row_security = off`, where any statement that meets a
 * policy is an error: better than what FORCE does to an owner without a policy, which is to show it no rows, so that a constraint
 * "validates" over orphans and a backfill changes nothing in silence.
 *
 * Here every table named, both sides of a foreign key included, is checked for `owner_all`; then row security is on for the work alone;
 * then the number of rows that `work` returns is compared, and a difference rolls the migration back.
 */
export async function withRows(
  db: QueryRunner,
  tables: readonly string[],
  { expect }: Expectation,
  work: () => Promise<number>,
): Promise<void> {
  if (isPlan(db)) {
    await work();
    return;
  }
  for (const table of tables) await requireOwnerPolicy(db, table);
  await db.query('set local row_security = on');
  const expected = typeof expect === 'number' ? expect : await count(db, expect);
  const changed = await work();
  await db.query('set local row_security = off');
  if (changed !== expected) throw new Error(`${tables.join(', ')}: ${changed} rows changed, ${expected} expected`);
}

/** Runs one INSERT, UPDATE or DELETE and says how many rows it changed. */
export async function changed(db: QueryRunner, sql: string, parameters: unknown[] = []): Promise<number> {
  const result = await db.query(sql, parameters, true);
  return result.affected ?? 0; // a plan has no answer, and withRows does not ask it for one
}

async function requireOwnerPolicy(db: QueryRunner, table: string): Promise<void> {
  const found = await db.query(
    `select c.relrowsecurity as secured, exists (
              select from pg_policy p
               where p.polrelid = c.oid and p.polname = 'owner_all' and p.polpermissive and p.polcmd = '*'
                 and p.polroles = array[(select oid from pg_roles where rolname = $2)]
                 and pg_get_expr(p.polqual, p.polrelid) = 'true' and pg_get_expr(p.polwithcheck, p.polrelid) = 'true') as open
       from pg_class c where c.oid = to_regclass($1)`,
    [`public.${identifier(table)}`, OWNER_ROLE],
  );
  const state = (found as { secured: boolean; open: boolean }[])[0];
  if (state === undefined) throw new Error(`${table} does not exist`);
  if (state.secured && !state.open) throw new Error(`${table} has no policy owner_all: the owner would see no rows, and say so to nobody`);
}

async function count(db: QueryRunner, sql: string): Promise<number> {
  const rows = (await db.query(sql)) as Record<string, unknown>[];
  return Number(Object.values(rows[0] ?? {})[0]);
}
