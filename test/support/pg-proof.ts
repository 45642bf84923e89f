import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { idOf, type StoreId, type TenantId } from '#contracts/ids.js';
import { makePlatformScope, makeTenantScope, type TenantScopeInput } from '#platform/db/scope-factory.js';
import { sql, TenantPool, type Actor, type DbObserver, type Stores, type TenantPoolOptions, type TenantScope } from '#platform/db/index.js';
import { testDatabase } from './database.js';

/** Tables for the proof of the client alone, so that it does not depend on the product's schema. Dropped and made by each spec file. */
const TABLES = `
  drop schema if exists proof_client cascade;
  create schema proof_client;
  grant usage on schema proof_client to tenantry_app, tenantry_platform;
  create table proof_client.items (tenant_id uuid not null, item_id int not null, store_id uuid, name text, primary key (tenant_id, item_id));
  alter table proof_client.items enable row level security;
  alter table proof_client.items force row level security;
  create policy tenant on proof_client.items to tenantry_app, tenantry_platform
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid))
    with check (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
  create policy store_scope on proof_client.items as restrictive to tenantry_app using (
    store_id is null
    or (select current_setting('app.store_scope', true)) = '*'
    or store_id = any ((select string_to_array(nullif(nullif(current_setting('app.store_scope', true), '*'), ''), ',')::uuid[])::uuid[]));
  create table proof_client.notes (x int);
  create table proof_client.counters (n int primary key, hits int not null default 0);
  insert into proof_client.counters values (1), (2);
  grant select, insert, update, delete on all tables in schema proof_client to tenantry_app, tenantry_platform`;

export const ROWS_A_TENANT = 10;
export const tenantNumber = (n: number): TenantId => idOf<TenantId>(`00000000-0000-7000-8000-${String(n).padStart(12, '0')}`);
export const T1 = tenantNumber(1);
export const T2 = tenantNumber(2);
export const S1 = idOf<StoreId>('00000000-0000-7000-8001-000000000001');
export const S2 = idOf<StoreId>('00000000-0000-7000-8001-000000000002');

const actor: Actor = { type: 'system', id: 'proof' };
export const scopeOf = (tenant_id: TenantId, stores: Stores = 'all', more: Partial<TenantScopeInput> = {}): TenantScope =>
  makeTenantScope({ tenant_id, stores, actor, request_id: 'proof', ...more });
export const platform = makePlatformScope({ actor, request_id: 'proof' });

/** What a scope sees, and on which backend. */
export const SEEN = sql`select count(*)::int as n, min(name) as low, max(name) as high, pg_backend_pid() as pid from proof_client.items`;
export const SEEN_NAMED = sql.named(
  'proof.seen',
)`select count(*)::int as n, min(name) as low, max(name) as high, pg_backend_pid() as pid from proof_client.items`;
export interface Seen {
  n: number;
  low: string | null;
  high: string | null;
  pid: number;
}

/** Exactly the rows of tenant `number`, no foreign one and none missing. Answers the backend's pid. */
export function expectRowsOf(number: number, [row]: Seen[], n = ROWS_A_TENANT): number {
  expect(row).toMatchObject({ n, low: `tenant ${number}`, high: `tenant ${number}` });
  return row?.pid ?? 0;
}

export class CountingObserver implements DbObserver {
  syncs = 0;
  repeats = 0;
  places: string[] = [];
  queries: { id: string; operation: string; table: string; error?: unknown }[] = [];
  slowOnes: string[] = [];
  query({ id, operation, table }: { id: string; operation: string; table: string }, seconds: number, error?: unknown): void {
    expect(seconds).toBeGreaterThan(0);
    this.queries.push({ id, operation, table, ...(error === undefined ? {} : { error }) });
  }
  slow({ id }: { id: string }): void {
    this.slowOnes.push(id);
  }
  sync(): void {
    this.syncs++;
  }
  repeated(): void {
    this.repeats++;
  }
  destroyed(place: string): void {
    this.places.push(place);
  }
}

export interface ProofPool {
  readonly pool: TenantPool;
  readonly seen: CountingObserver;
  /** Lines of the pool's log, with their fields. */
  readonly log: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[];
}

export interface Proof {
  /** A superuser, for the faults that a test makes. */
  readonly owner: pg.Client;
  /** A pool of one connection unless `max` says otherwise; closed with the proof. */
  open(role: 'app' | 'platform', options?: Partial<TenantPoolOptions>): ProofPool;
  close(): Promise<void>;
}

export async function proof(tenants: number): Promise<Proof> {
  const { superUrl, appUrl, platformUrl } = await testDatabase();
  const owner = new pg.Client({ connectionString: superUrl });
  await owner.connect();
  await owner.query(TABLES);
  await owner.query(
    `insert into proof_client.items
     select t::uuid, i, (array[$2, $3]::uuid[])[1 + i % 2], 'tenant ' || row_number
       from unnest($1::text[]) with ordinality as tenants (t, row_number), generate_series(1, ${ROWS_A_TENANT}) i`,
    [Array.from({ length: tenants }, (_, index) => tenantNumber(index + 1)), S1, S2],
  );
  const pools: TenantPool[] = [];
  const sockets = new Set<{ destroy(): void }>();
  return {
    owner,
    open(role, options = {}) {
      const seen = new CountingObserver();
      const log: ProofPool['log'] = [];
      const note = (fields: Readonly<Record<string, unknown>>, message: string): void => void log.push({ message, fields });
      const onLeftBehind = (place: string): void => {
        throw new Error(`left behind: ${place}`);
      };
      const connectionString = role === 'app' ? appUrl : platformUrl;
      const pool = new TenantPool({
        connectionString,
        max: 1,
        observer: seen,
        logger: { error: note, warn: note },
        onLeftBehind,
        ...options,
      });
      pool.on('connect', (client) => sockets.add((client as unknown as pg.Client).connection.stream));
      pools.push(pool);
      return { pool, seen, log };
    },
    async close() {
      // A test that failed may have kept a connection: the pool would wait for it for ever, and jest for the pool.
      await Promise.race([Promise.all(pools.map((pool) => pool.end())), sleep(1_000, undefined, { ref: false })]);
      for (const socket of sockets) socket.destroy();
      await owner.query('drop schema proof_client cascade');
      await owner.end();
    },
  };
}
