import type { QueryRunner } from 'typeorm';
import type { DefinerRole } from '../role-names.js';
import { identifier } from './names.js';

export interface DefinerFunction {
  /** With argument types, as `drop function` wants it: `bump_tenants()`. */
  readonly signature: string;
  /** `create function …` with `security definer` and a pinned `search_path`; the schema lint checks both. */
  readonly sql: string;
  /** The role whose rights it has. Never the owner, whose policy shows every tenant (lint E18). */
  readonly owner: DefinerRole;
  /** Who may call it; nobody for a trigger function, which PostgreSQL calls itself. */
  readonly callers?: readonly string[];
}

/** Makes a definer function and gives it to its role. A role must be able to create where it comes to own, so it may, for a moment. */
export async function definerFunction(db: QueryRunner, definer: DefinerFunction): Promise<void> {
  const owner = identifier(definer.owner);
  await db.query(definer.sql);
  await db.query(`revoke execute on function ${definer.signature} from public`);
  for (const caller of definer.callers ?? []) await db.query(`grant execute on function ${definer.signature} to ${identifier(caller)}`);
  await db.query(`grant create on schema public to ${owner}`);
  await db.query(`alter function ${definer.signature} owner to ${owner}`);
  await db.query(`revoke create on schema public from ${owner}`);
}

/** Drops functions by signature, in the order given. */
export async function dropFunctions(db: QueryRunner, ...signatures: readonly string[]): Promise<void> {
  for (const signature of signatures) await db.query(`drop function ${signature}`);
}
