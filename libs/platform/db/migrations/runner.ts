import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type Migration as StoredMigration, type QueryRunner } from 'typeorm';
import { migrateQueueSchema } from '../../queue/queue-schema.js';
import type { Migration, MigrationClass, Phase } from './migration.js';
import { losesData, recorder } from './recorder.js';

/** A step of every `up`, after the migrations and under the same lock: idempotent, in a transaction of its own unless it brings one. */
export interface FinishStep {
  readonly name: string;
  run(db: QueryRunner): Promise<void>;
}

export interface MigrationRunnerOptions {
  /** `tenantry_owner`, straight to PostgreSQL: through PgBouncer the session lock and settings would land on somebody else's connection. */
  readonly ownerUrl: string;
  /** In order of time: `migrations/index.ts`. */
  readonly migrations: readonly MigrationClass[];
  /** Further steps of `up`: the seed of the registry. */
  readonly finish?: readonly FinishStep[];
  readonly log?: (line: string) => void;
  /** How long to wait for another runner, and how long to repeat a migration that finds its table locked. */
  readonly patience_ms?: number;
}

export interface MigrationStatus {
  readonly name: string;
  readonly phase: Phase;
  readonly applied_at: Date | null;
}

export interface PlannedMigration {
  readonly name: string;
  readonly phase: Phase;
  readonly statements: readonly string[];
}

export interface UpOptions {
  /** The last one to run, by name; others stay pending. */
  readonly to?: string;
  /** Only those of one phase. */
  readonly phase?: Phase;
}

export interface DownOptions {
  /** The last one to stay; null for none. */
  readonly to: string | null;
  /** Needed as soon as a step drops a table or a column. */
  readonly accept_data_loss?: boolean;
}

/** Two numbers, so that the lock meets none of the single-number locks of the product. */
const LOCK = [7_236, 1] as const;
/** An ALTER that waits behind one long reader makes every later SELECT wait behind it: 3.3 s measured, 0.25 s with this limit. */
const LOCK_TIMEOUT_MS = 200;
const STATEMENT_TIMEOUT_MS = 60_000;
const PATIENCE_MS = 60_000;
/** lock_not_available, deadlock_detected: somebody was in the way, nothing happened, try again. */
const IN_THE_WAY = new Set(['55P03', '40P01']);

/**
 * Runs migrations as `tenantry_owner`, one transaction each, never two runners at once. TypeORM keeps the list of what has run; order,
 * transaction, lock limits and repeats are here, because a repeat must repeat the whole transaction.
 */
export class MigrationRunner {
  private readonly log: (line: string) => void;
  private readonly patienceMs: number;

  constructor(private readonly options: MigrationRunnerOptions) {
    this.log = options.log ?? (() => undefined);
    this.patienceMs = options.patience_ms ?? PATIENCE_MS;
  }

  /** Every known migration and when it ran; changes nothing. */
  async status(): Promise<MigrationStatus[]> {
    return this.session(async ({ db, executor }) => {
      const applied = await appliedAt(db);
      return executor.all().map((one) => ({ ...describe(one), applied_at: applied.get(one.name) ?? null }));
    });
  }

  /** The statements of all pending migrations, in order; changes nothing and locks nothing. */
  async plan(): Promise<PlannedMigration[]> {
    return this.session(async ({ executor }) => {
      const pending = await executor.getPendingMigrations();
      const planned: PlannedMigration[] = [];
      for (const one of pending) {
        const { runner, statements } = recorder();
        await instanceOf(one).up(runner);
        planned.push({ ...describe(one), statements });
        this.log([`-- ${one.name}`, ...statements.map((sql) => `${sql};`)].join('\n'));
      }
      return planned;
    });
  }

  /** Runs what is pending and returns the names of what ran. Twice is a no-op; of two at once one runs and the other finds nothing left. */
  async up({ to, phase }: UpOptions = {}): Promise<string[]> {
    return this.locked(async (session) => {
      await ensureLedger(session.db);
      const wanted = upTo(await session.executor.getPendingMigrations(), to === undefined ? undefined : this.resolve(to));
      const done: string[] = [];
      for (const one of wanted.filter((candidate) => phase === undefined || instanceOf(candidate).phase === phase)) {
        await this.step(session, one, () => session.executor.executeMigration(one));
        done.push(one.name);
        this.log(`applied ${one.name}`);
      }
      if (to === undefined) await this.finish(session.db);
      return done;
    });
  }

  /** Reverts, newest first, everything after `to`; for development and the rehearsal of a rollback. */
  async down({ to, accept_data_loss = false }: DownOptions): Promise<string[]> {
    return this.locked(async (session) => {
      const doomed = await this.appliedAfter(session, to === null ? null : this.resolve(to));
      if (!accept_data_loss) await refuseLoss(doomed);
      for (const one of doomed) {
        await this.step(session, one, async () => {
          await instanceOf(one).down(session.db);
          await session.executor.deleteMigration(one);
        });
        this.log(`reverted ${one.name}`);
      }
      return doomed.map((one) => one.name);
    });
  }

  private async appliedAfter({ executor }: Session, to: string | null): Promise<StoredMigration[]> {
    const all = executor.all();
    const applied = new Set((await executor.getExecutedMigrations()).map((one) => one.name));
    const last = to === null ? -1 : all.findIndex((one) => one.name === to);
    return all.filter((one, index) => index > last && applied.has(one.name)).reverse();
  }

  /** The full name, or the part of it that a person types: class name with or without its time. */
  private resolve(name: string): string {
    const names = this.options.migrations.map((migration) => new migration().name);
    const found = names.find((candidate) => candidate === name || candidate.replace(/\d{13}$/, '') === name);
    if (found === undefined) throw new Error(`no migration is called ${name}`);
    return found;
  }

  /** One migration in one transaction. */
  private step({ db }: Session, one: StoredMigration, work: () => Promise<unknown>): Promise<void> {
    const { transaction = true, statement_timeout_ms = STATEMENT_TIMEOUT_MS } = instanceOf(one);
    return this.patiently(`migration ${one.name}`, async () => {
      await db.query(`set statement_timeout = ${Math.trunc(statement_timeout_ms)}`);
      await (transaction ? inTransaction(db, work) : work());
    });
  }

  private async finish(db: QueryRunner): Promise<void> {
    await this.patiently('partitions', async () => {
      while (await inTransaction(db, () => makePartitions(db))); // one table at a time, so that no lock waits for another
    });
    await this.patiently('schema of the queue', async () => migrateQueueSchema(await db.connect()));
    for (const step of this.options.finish ?? []) {
      await this.patiently(step.name, () => inTransaction(db, () => step.run(db)));
      this.log(`finished ${step.name}`);
    }
  }

  /** Repeats the whole of `work` while somebody holds its tables. */
  private async patiently(what: string, work: () => Promise<unknown>): Promise<void> {
    const until = Date.now() + this.patienceMs;
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (!IN_THE_WAY.has(codeOf(error)) || Date.now() >= until) throw new Error(`${what} failed: ${messageOf(error)}`, { cause: error });
        await sleep(100 + Math.random() * 400); // jitter, so that two waiting for each other do not do so in step
      }
    }
  }

  /** A session that holds the runner's lock. The second runner waits, then finds nothing pending. */
  private async locked<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.session(async (session) => {
      const until = Date.now() + this.patienceMs;
      while (!(await tryLock(session.db))) {
        if (Date.now() >= until) throw new Error('another migration is running');
        await sleep(100 + Math.random() * 150);
      }
      return work(session); // the lock is the session's: closing the connection gives it back, even when we die
    });
  }

  private async session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const source = new DataSource({
      type: 'postgres',
      url: this.options.ownerUrl,
      applicationName: 'tenantry-migrate',
      migrations: [...this.options.migrations],
      migrationsTableName: 'migrations',
      migrationsTransactionMode: 'each',
      installExtensions: false,
      poolSize: 1,
      logging: false,
    });
    await source.initialize();
    try {
      const db = source.createQueryRunner();
      // Under FORCE an owner sees no rows and is told nothing. Off, every statement that meets a policy is an error; see withRows().
      await db.query('set row_security = off');
      await db.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
      return await work({ db, executor: new Executor(source, db) });
    } finally {
      await source.destroy();
    }
  }
}

interface Session {
  readonly db: QueryRunner;
  readonly executor: Executor;
}

/** TypeORM's executor, asked for the whole ordered list too. */
class Executor extends MigrationExecutor {
  all(): StoredMigration[] {
    return this.getMigrations();
  }
}

/** TypeORM would make its table by itself, but without a comment, a date, or our names. */
async function ensureLedger(db: QueryRunner): Promise<void> {
  if (await hasLedger(db)) return;
  await db.query(`create table if not exists migrations (
    id integer generated by default as identity,
    "timestamp" bigint not null,
    name text not null,
    created_at timestamptz not null default now(),
    constraint migrations_id_pk primary key (id),
    constraint migrations_name_key unique (name))`);
  await db.query(`comment on table migrations is '@platform which changes of the schema have run'`);
  await db.query('grant select on table migrations to tenantry_platform');
}

async function hasLedger(db: QueryRunner): Promise<boolean> {
  const rows = (await db.query(`select to_regclass('public.migrations') is not null as there`)) as { there: boolean }[];
  return rows[0]?.there === true;
}

async function appliedAt(db: QueryRunner): Promise<Map<string, Date>> {
  if (!(await hasLedger(db))) return new Map();
  const rows = (await db.query('select name, created_at from migrations order by id')) as { name: string; created_at: Date }[];
  return new Map(rows.map((row) => [row.name, row.created_at]));
}

async function tryLock(db: QueryRunner): Promise<boolean> {
  const rows = (await db.query('select pg_try_advisory_lock($1, $2) as held', [...LOCK])) as { held: boolean }[];
  return rows[0]?.held === true;
}

async function inTransaction<T>(db: QueryRunner, work: () => Promise<T>): Promise<T> {
  await db.startTransaction();
  try {
    const result = await work();
    await db.commitTransaction();
    return result;
  } catch (error) {
    // On a connection that died the rollback fails too, and what it says would hide the reason.
    await db.rollbackTransaction().catch(() => db.release());
    throw error;
  }
}

function upTo(pending: readonly StoredMigration[], to: string | undefined): StoredMigration[] {
  if (to === undefined) return [...pending];
  return pending.slice(0, pending.findIndex((one) => one.name === to) + 1);
}

async function refuseLoss(doomed: readonly StoredMigration[]): Promise<void> {
  for (const one of doomed) {
    const { runner, statements } = recorder();
    await instanceOf(one).down(runner);
    const loss = statements.find(losesData);
    if (loss !== undefined) throw new Error(`${one.name} loses data ("${loss}"): say accept_data_loss`);
  }
}

function instanceOf(one: StoredMigration): Migration {
  return one.instance as Migration;
}

function describe(one: StoredMigration): { name: string; phase: Phase } {
  return { name: one.name, phase: instanceOf(one).phase };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '');
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @returns whether any was missing */
async function makePartitions(db: QueryRunner): Promise<boolean> {
  const [row] = (await db.query('select ensure_partitions() as made')) as { made: number }[];
  return (row?.made ?? 0) > 0;
}
