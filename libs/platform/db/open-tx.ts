import type { EntityManager } from 'typeorm';
import type { TenantId } from '#contracts/ids.js';
import { rowsOf, type CursorTx } from './cursor.js';
import { managerOf, type EntitySource } from './entity-runner.js';
import { Refused } from './errors.js';
import type { Param } from './params.js';
import type { RowReader } from './pg-internals.js';
import { makeConfirmedScope } from './scope-factory.js';
import { isTenantScope, type ConfirmedScope, type PlatformScope, type TenantScope } from './scope.js';
import type { Sql } from './sql.js';
import type { Opened, TenantClient } from './tenant-client.js';
import type { TenantPool } from './tenant-pool.js';
import type { Tx } from './tx.js';

/** What all views of one transaction (`tx.in`) share. */
interface Life {
  isOpen: boolean;
  /** A statement has come back, so the rights in its opening hold. */
  isConfirmed: boolean;
  /** Places of the statements under way: what is here when the work ends was left behind. */
  readonly running: string[];
  hooks: (() => void)[];
}

export interface TxContext<S> {
  readonly scope: S;
  readonly tenant_id: TenantId | null;
  /** Sent with the statements: the scope's own, or that of the tenant a platform scope works in. */
  readonly opened: Opened;
  readonly pool: TenantPool;
  readonly entities: EntitySource | null;
}

/** The transaction behind `Tx`. Its begin and its end belong to transaction.ts. */
export class OpenTx<S extends TenantScope | PlatformScope> implements Tx<S> {
  readonly scope: S;
  readonly #client: TenantClient;
  readonly #context: TxContext<S>;
  readonly #life: Life;
  #manager: EntityManager | null = null;

  constructor(client: TenantClient, context: TxContext<S>, life: Life = { isOpen: true, isConfirmed: false, running: [], hooks: [] }) {
    this.scope = context.scope;
    this.#client = client;
    this.#context = context;
    this.#life = life;
  }

  get tenant_id(): Tx<S>['tenant_id'] {
    return this.#context.tenant_id as Tx<S>['tenant_id'];
  }

  async query<R>(sql: Sql, params: readonly Param[] = []): Promise<R[]> {
    return (await this.send(sql, params)).rows as R[];
  }

  /** With the row count and the tag, which TypeORM reads. */
  send(sql: Sql, params: readonly unknown[]): Promise<RowReader> {
    return this.#during(sql.id, () => this.#client.send(this.#context.opened, sql, params));
  }

  in(scope: TenantScope): Tx<TenantScope> {
    this.#mustBeOpen();
    if (!isTenantScope(this.scope)) throw new Refused('a transaction of the platform has one scope');
    if (!isTenantScope(scope) || scope.tenant_id !== this.#context.tenant_id) throw new Refused('one transaction, one tenant');
    return new OpenTx(this.#client, { ...this.#context, scope, opened: scope }, this.#life);
  }

  get manager(): EntityManager {
    this.#mustBeOpen();
    if (!this.#context.entities) throw new Refused('this pool has no entities: write SQL');
    this.#manager ??= managerOf(this.#context.entities, this);
    return this.#manager;
  }

  async savepoint<T>(work: (tx: Tx<S>) => Promise<T>): Promise<T> {
    const name = await this.begin();
    const hooks = this.#life.hooks.length;
    try {
      const result = await work(this);
      await this.release(name);
      return result;
    } catch (error) {
      await this.rollbackTo(name);
      this.#life.hooks.length = hooks;
      throw error;
    }
  }

  cursor<R>(sql: Sql, params: readonly Param[] = []): AsyncIterable<R> {
    this.#mustBeOpen();
    const tx: CursorTx = {
      step: (text, tag, values) => this.#during(sql.id, () => this.#client.step(this.#context.opened, sql, text, tag, values)),
      canGoOn: () => this.#life.isOpen && this.#client.getTransactionStatus() === 'T',
    };
    return rowsOf(tx, sql, params) as AsyncGenerator<unknown> as AsyncGenerator<R>;
  }

  confirmed(): ConfirmedScope {
    this.#mustBeOpen();
    if (!this.#life.isConfirmed) throw new Refused('no statement of this transaction has come back yet');
    return makeConfirmedScope({ tenant_id: this.#context.tenant_id, actor: this.scope.actor, request_id: this.scope.request_id });
  }

  afterCommit(hook: () => void): void {
    this.#mustBeOpen();
    this.#life.hooks.push(hook);
  }

  // ---- for libs/platform/db

  /** A savepoint; TypeORM's transactions are these. */
  begin(): Promise<string> {
    return this.#during('savepoint', () => this.#client.savepoint(this.#context.opened));
  }
  release(name: string): Promise<void> {
    return this.#during('savepoint', () => this.#client.releaseSavepoint(name));
  }
  rollbackTo(name: string): Promise<void> {
    return this.#during('savepoint', () => this.#client.rollbackTo(name));
  }

  /** The work has ended. Answers the place of a statement it did not wait for. */
  close(): string | null {
    this.#life.isOpen = false;
    return this.#life.running[0] ?? null;
  }

  /** After the commit. A hook may be async by mistake of the types: its rejection is logged as well. */
  runHooks(): void {
    const log = (error: unknown): void => this.#context.pool.logger.error({ error }, 'a hook after the commit failed');
    for (const hook of this.#life.hooks) {
      try {
        void Promise.resolve(hook() as unknown).catch(log);
      } catch (error) {
        log(error);
      }
    }
  }

  async #during<T>(place: string, work: () => Promise<T>): Promise<T> {
    if (!this.#life.isOpen) this.#context.pool.onLeftBehind(place);
    this.#mustBeOpen();
    this.#life.running.push(place);
    try {
      const result = await work();
      this.#life.isConfirmed = true;
      if (isTenantScope(this.scope)) this.scope.noteHeld?.();
      return result;
    } finally {
      this.#life.running.splice(this.#life.running.indexOf(place), 1);
    }
  }

  #mustBeOpen(): void {
    if (!this.#life.isOpen) throw new Refused('the transaction is over');
  }
}
