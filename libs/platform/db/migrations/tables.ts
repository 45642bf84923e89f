import type { QueryRunner } from 'typeorm';
import { APP_ROLE, PLATFORM_ROLE } from '../role-names.js';
import { appendOnlyTriggers, type AppendOnly } from './append-only.js';
import { constraintName, identifier } from './names.js';
import { rowLevelSecurity } from './policies.js';
import { grant, type Rights } from './rights.js';

export interface Key {
  readonly columns: readonly string[];
  /** A partial key is a unique index, since a constraint cannot be partial. */
  readonly where?: string;
}

export interface Index extends Key {
  readonly using?: 'btree' | 'gin';
  /** Only where the name by the rule would be longer than PostgreSQL takes. */
  readonly name?: string;
}

export interface Reference {
  readonly columns: readonly string[];
  readonly to: string;
  /** The other side's columns, where they are named differently. */
  readonly on?: readonly string[];
  /** The target has no `tenant_id`: a global or platform table. */
  readonly outside?: boolean;
  readonly onDelete?: string;
}

export interface Partitioning {
  /** A column of the primary key: a UUIDv7, whose first 48 bits are its time, or a timestamptz. */
  readonly by: string;
  readonly every: 'week' | 'month';
}

interface Shape {
  /** SQL of the table's own columns. `created_at`, `updated_at`, `row_version` and, in a tenant table, `tenant_id` are written here. */
  readonly columns: string;
  readonly key: readonly string[];
  readonly unique?: readonly Key[];
  readonly indexes?: readonly Index[];
  readonly references?: readonly Reference[];
  /** Checks over several columns; a check of one column stands in `columns`, where PostgreSQL gives it the right name itself. */
  readonly checks?: readonly { readonly columns: readonly string[]; readonly that: string }[];
  /** false: rows are written once, or their change has no date worth keeping; no `updated_at`. */
  readonly mutable?: boolean;
  /** `row_version`, for ETag and If-Match. */
  readonly versioned?: boolean;
  readonly append_only?: AppendOnly;
  readonly partition?: Partitioning;
  readonly platform?: Rights;
}

export interface TenantTable extends Shape {
  readonly app: Rights;
  /** The table has `store_id` and asks for the policy of store scope. */
  readonly stores?: boolean;
  /** Indexes of due work, read by the platform role over all tenants, so without a leading `tenant_id`; the schema lint lists each. */
  readonly due?: readonly Index[];
}

export interface GlobalTable extends Shape {
  /** Why no row of it belongs to one tenant alone, or why it is read before the tenant is known. */
  readonly why: string;
  /** The columns that the app role may read. It writes none: triggers and the platform role do. */
  readonly app: readonly string[];
}

export interface PlatformTable extends Shape {
  /** Why the app role has no right on it at all. */
  readonly why: string;
}

/**
 * A table of tenants' rows, the easy way to a table that rls-lint accepts: `tenant_id` leads the primary key, every key, index and
 * reference; row-level security is enabled and forced; rights are named, none is inherited.
 */
export async function tenantTable(db: QueryRunner, table: string, shape: TenantTable): Promise<void> {
  const lead = (columns: readonly string[]): string[] => ['tenant_id', ...columns];
  await run(db, [
    ...create(table, {
      ...shape,
      columns: `tenant_id uuid not null,\n${shape.columns}`,
      key: lead(shape.key),
      unique: (shape.unique ?? []).map((key) => ({ ...key, columns: lead(key.columns) })),
      indexes: [
        ...(shape.indexes ?? []).map((index) => (index.using === 'gin' ? index : { ...index, columns: lead(index.columns) })),
        ...(shape.due ?? []),
      ],
      references: (shape.references ?? []).map((reference) =>
        reference.outside === true
          ? reference
          : { ...reference, columns: lead(reference.columns), on: lead(reference.on ?? reference.columns) },
      ),
    }),
    ...rowLevelSecurity(table, { stores: shape.stores ?? false }),
    ...grant(table, APP_ROLE, shape.app, maintained(shape)),
    ...grant(table, PLATFORM_ROLE, shape.platform ?? defaultRights(shape), maintained(shape)),
    ...partitions(table, shape),
  ]);
}

/** A table without row-level security that the app role may read, on named columns, and never write. */
export async function globalTable(db: QueryRunner, table: string, shape: GlobalTable): Promise<void> {
  await run(db, [
    ...create(table, shape),
    comment(table, `@global ${shape.why}`),
    ...grant(table, APP_ROLE, `select(${shape.app.join(', ')})`),
    ...grant(table, PLATFORM_ROLE, shape.platform ?? defaultRights(shape), maintained(shape)),
  ]);
}

/** A table that the app role cannot touch on any column. */
export async function platformTable(db: QueryRunner, table: string, shape: PlatformTable): Promise<void> {
  await run(db, [
    ...create(table, shape),
    comment(table, `@platform ${shape.why}`),
    ...grant(table, PLATFORM_ROLE, shape.platform ?? defaultRights(shape), maintained(shape)),
    ...partitions(table, shape),
  ]);
}

/** Drops in the order given; triggers, policies, grants and partitions go with their table. */
export async function dropTables(db: QueryRunner, ...tables: readonly string[]): Promise<void> {
  for (const table of tables) await db.query(`drop table ${identifier(table)}`);
}

/** The same for partitioned tables: their plan goes too, or `ensure_partitions` would miss them. */
export async function dropPartitionedTables(db: QueryRunner, ...tables: readonly string[]): Promise<void> {
  for (const table of tables) await db.query(`delete from partition_plans where table_name = '${identifier(table)}'`);
  await dropTables(db, ...tables);
}

function create(table: string, shape: Shape): string[] {
  const name = identifier(table);
  const lines = [
    shape.columns.trim().replace(/,\s*$/, ''),
    `created_at timestamptz not null default now()`,
    ...(isMutable(shape) ? [`updated_at timestamptz not null default now()`] : []),
    ...(shape.versioned === true ? [`row_version bigint not null default 1`] : []),
    `constraint ${constraintName(table, shape.key, 'pk')} primary key (${shape.key.join(', ')})`,
    ...(shape.unique ?? [])
      .filter((key) => key.where === undefined)
      .map((key) => `constraint ${constraintName(table, key.columns, 'key')} unique (${key.columns.join(', ')})`),
    ...(shape.references ?? []).map((reference) => foreignKey(table, reference)),
    ...(shape.checks ?? []).map((check) => `constraint ${constraintName(table, check.columns, 'check')} check (${check.that})`),
  ];
  const partition = shape.partition === undefined ? '' : ` partition by range (${identifier(shape.partition.by)})`;
  return [
    `create table ${name} (\n  ${lines.filter((line) => line !== '').join(',\n  ')}\n)${partition}`,
    ...(shape.unique ?? [])
      .filter((key) => key.where !== undefined)
      .map(
        (key) =>
          `create unique index ${constraintName(table, key.columns, 'key')} on ${name} (${key.columns.join(', ')}) where ${key.where ?? ''}`,
      ),
    ...(shape.indexes ?? []).map((index) => createIndex(table, index)),
    ...(shape.append_only === undefined ? [] : appendOnlyTriggers(table, shape.append_only)),
    ...touchTrigger(table, shape),
  ];
}

/** Inline, because the table is empty: `alter table … add foreign key` reads rows, and with `row_security = off` that is an error. */
function foreignKey(table: string, { columns, to, on, onDelete }: Reference): string {
  const target = `${identifier(to)} (${(on ?? columns).join(', ')})`;
  return `constraint ${constraintName(table, columns, 'fk')} foreign key (${columns.join(', ')}) references ${target} on delete ${onDelete ?? 'restrict'}`;
}

function createIndex(table: string, { columns, using, where, name }: Index): string {
  const method = using === undefined ? '' : ` using ${using}`;
  return `create index ${name === undefined ? constraintName(table, columns, 'idx') : identifier(name)} on ${identifier(table)}${method} (${columns.join(', ')})${where === undefined ? '' : ` where ${where}`}`;
}

/** `updated_at` and `row_version` move by themselves: a statement that forgets them would give two states one ETag. */
function touchTrigger(table: string, shape: Shape): string[] {
  if (!isMutable(shape)) return [];
  const touch = shape.versioned === true ? 'touch_version()' : 'touch()';
  return [`create trigger ${identifier(`${table}_touch`)} before update on ${identifier(table)} for each row execute function ${touch}`];
}

function partitions(table: string, shape: Shape): string[] {
  if (shape.partition === undefined) return [];
  return [
    `insert into partition_plans (table_name, every) values ('${identifier(table)}', '${shape.partition.every}')`,
    `select ensure_partitions()`,
  ];
}

const isMutable = (shape: Shape): boolean => shape.mutable ?? shape.append_only === undefined;
const maintained = (shape: Shape): string[] => [
  ...(isMutable(shape) ? ['updated_at'] : []),
  ...(shape.versioned === true ? ['row_version'] : []),
];
const comment = (table: string, text: string): string => `comment on table ${identifier(table)} is '${text.replaceAll("'", "''")}'`;

function defaultRights(shape: Shape): Rights {
  if (shape.append_only === 'changes') return 'select, insert';
  return shape.append_only === 'updates' ? 'select, insert, delete' : 'select, insert, update, delete';
}

async function run(db: QueryRunner, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await db.query(statement);
}
