import type pg from 'pg';
import type { Batch, WireStatement } from './batch.js';
import type { ClientSettings } from './client-settings.js';
import { Refused, sqlState, StaleAuthz } from './errors.js';
import { Exchange, isLostStatement } from './exchange.js';
import { observed } from './observer.js';
import { settingsOf } from './plan.js';
import { PgClient, type RowReader, type TransactionStatus } from './pg-internals.js';
import { isSameStatement, type Statement } from './scope.js';
import { isSql, type Sql } from './sql.js';
import { BEGIN, type TransactionOptions } from './transaction-options.js';

/** Anything with an opening statement; null (the platform without a tenant) needs none. */
export interface Opened {
  opening(): Statement | null;
}

/** begin: asked for, nothing sent yet. broken: never used again. */
type State = 'idle' | 'begin' | 'open' | 'broken';

type Tags = ReadonlySet<string>;
const tags = (...names: string[]): Tags => new Set(names);
/** What a caller's statement may be, by the server's own word. FETCH comes only from our cursors. */
const CALLER = tags('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'NOTIFY', 'SET CONSTRAINTS');
const START_UP = tags('SELECT', 'SHOW');
const END = tags('COMMIT', 'ROLLBACK');
const SAVEPOINT = tags('SAVEPOINT');
const RELEASE = tags('RELEASE');
const ROLLBACK = tags('ROLLBACK');

/** As pg's options they are startup parameters, which PgBouncer refuses; `query_timeout` leaves the server working. */
const BY_ALTER_ROLE = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout', 'options'];
const DATE_OID = 1082;

/**
 * A connection that sends the scope with each statement in one round trip, and trusts nobody about transactions.
 *
 * No text of SQL is parsed. Transactions are methods; after every batch our idea of the transaction is compared with the server's
 * status, and the server's command tag says what a statement was. Whatever does not fit (COMMIT as text, LISTEN, SET, COPY …) is an
 * error, and the connection is closed when it comes back. Each rule is held by a test that is named after the attack that taught it.
 */
export class TenantClient extends PgClient {
  readonly #settings: ClientSettings;
  readonly #exchange: Exchange;
  #state: State = 'idle';
  #begin: readonly WireStatement[] = [];
  /** The opening that holds on the server now. null: none, so the next statement brings its own. */
  #sent: Statement | null = null;
  #savepoints = 0;
  #leased = false;
  #place = '';

  constructor(config: pg.ClientConfig & { readonly tenantry: ClientSettings }) {
    super(config);
    for (const key of BY_ALTER_ROLE) {
      // The merged parameters, so that the URL and PGOPTIONS are looked at as well.
      if (this.connectionParameters[key]) throw new Refused(`${key} as a connection option: set it by ALTER ROLE`);
    }
    this.#settings = config.tenantry;
    this.#exchange = new Exchange(this, config.tenantry);
    this.setTypeParser(DATE_OID, (text: string) => text); // a date is a day: pg would make it midnight in this machine's zone
  }

  /** A new user. Refuses a connection on which anything is left: the second fence, after the pool's look at release. */
  lease(): void {
    if (!this.isClean) throw new Refused('the connection is not idle');
    this.#leased = true;
    this.#place = 'nothing was sent';
  }

  endLease(): void {
    this.#leased = false;
  }

  get isClean(): boolean {
    // pg does not know the status before the first statement.
    const isOutside = this.getTransactionStatus() === 'I' || !this.#exchange.hasSent;
    return this.#state === 'idle' && !this.#exchange.isBusy && isOutside;
  }
  /** The connection broke: nobody has forgotten anything. */
  get isLost(): boolean {
    return this.#exchange.isLost;
  }
  get inTransaction(): boolean {
    return this.#state === 'begin' || this.#state === 'open';
  }
  /** Last statement of a caller, for the log when something is left open. */
  get place(): string {
    return this.#place;
  }
  get namedStatements(): number {
    return this.#exchange.names;
  }

  /**
   * pg's entrance, used by TypeORM at start and by whoever took a connection from the pool by hand. There is no scope here, so only
   * the questions of the start pass; object form, callbacks, foreign query objects and `pool.query` never do.
   */
  query(text: unknown, values?: unknown, callback?: unknown): Promise<RowReader> {
    if (!this.#settings.isStarting() || typeof text !== 'string' || typeof values === 'function' || callback !== undefined) {
      throw new Refused('query without a scope: use TenantDb or PlatformDb');
    }
    const statement = this.#exchange.bind({ text }, Array.isArray(values) ? values : []);
    return this.#exchange.alone(async () => (await this.#send([statement], START_UP)).result);
  }

  /** One statement of a caller, under its scope: one Sync. Outside a transaction it is repeated once if the server has lost it. */
  async send(scope: Opened, sql: Sql, params: readonly unknown[] = []): Promise<RowReader> {
    if (!isSql(sql)) throw new Refused('only the tag sql makes statements');
    const last = this.#exchange.bind(sql, params);
    return this.#observed(sql, () =>
      this.#exchange.alone(async () => {
        const isOwnTransaction = this.#state === 'idle';
        try {
          return (await this.#transmit(scope, last, CALLER)).result;
        } catch (error) {
          if (!isOwnTransaction || !isLostStatement(error)) throw error; // inside a transaction the whole work is repeated
          this.#settings.observer.repeated();
          return (await this.#transmit(scope, last, CALLER)).result;
        }
      }),
    );
  }

  /** A step of `cursor.ts`, whose texts are its own around a statement of the caller. */
  async step(scope: Opened, sql: Sql, text: string, tag: string, params?: readonly unknown[]): Promise<RowReader> {
    if (!this.inTransaction) throw new Refused('a cursor outside a transaction');
    const last = this.#exchange.bind({ text }, params);
    return this.#observed(sql, () => this.#exchange.alone(async () => (await this.#transmit(scope, last, tags(tag))).result));
  }

  /** The opening alone: are the rights still those that the scope was made from? Throws `StaleAuthz` if not. */
  async confirm(scope: { opening(): Statement }): Promise<void> {
    const { sql, params } = scope.opening();
    const opening = this.#exchange.bind(sql, params);
    await this.#observed(sql, () => this.#exchange.alone(() => this.#send([opening], CALLER, { check: 0 })));
  }

  /** Sends nothing: BEGIN, with isolation level, time limit and plan, rides with the first statement. */
  begin(options: TransactionOptions = {}): void {
    const { isolation, statement_timeout_ms } = options;
    if (this.#state !== 'idle') throw new Refused('begin inside a transaction: use a savepoint');
    const text = BEGIN.get(isolation);
    if (text === undefined) throw new Refused('unknown isolation level');
    const begin = [this.#exchange.bind({ text })];
    if (statement_timeout_ms !== undefined) {
      if (!Number.isInteger(statement_timeout_ms) || statement_timeout_ms < 1)
        throw new Refused('statement_timeout_ms: whole milliseconds, at least 1');
      begin.push(this.#exchange.bind({ text: "select set_config('statement_timeout', $1, true)" }, [statement_timeout_ms]));
    }
    const settings = settingsOf(options);
    if (settings) begin.push(this.#exchange.bind(settings.sql));
    this.#begin = begin;
    this.#state = 'begin';
  }

  async commit(): Promise<void> {
    const command = await this.#end('commit');
    if (command === 'ROLLBACK') throw new Refused('commit of a failed transaction: an error inside was caught without a savepoint');
  }

  async rollback(): Promise<void> {
    await this.#end('rollback');
  }

  /** Answers the server's tag, null if nothing was ever sent. Always waits for a statement left behind: it belongs to this transaction. */
  #end(word: 'commit' | 'rollback'): Promise<string | null> {
    return this.#exchange.alone(async () => {
      if (!this.inTransaction) throw new Refused(`${word} without begin`);
      if (this.#state === 'begin') {
        this.#state = 'idle';
        return null;
      }
      return (await this.#send([this.#exchange.bind({ text: word })], END, { expected: 'I' })).command;
    }, true);
  }

  async savepoint(scope: Opened): Promise<string> {
    if (!this.inTransaction) throw new Refused('a savepoint outside a transaction');
    const name = `s${++this.#savepoints}`;
    await this.#exchange.alone(() => this.#transmit(scope, this.#exchange.bind({ text: `savepoint ${name}` }), SAVEPOINT));
    return name;
  }

  async releaseSavepoint(name: string): Promise<void> {
    await this.#exchange.alone(() => this.#send([this.#exchange.bind({ text: `release savepoint ${name}` })], RELEASE));
  }

  async rollbackTo(name: string): Promise<void> {
    await this.#exchange.alone(async () => {
      await this.#send([this.#exchange.bind({ text: `rollback to savepoint ${name}` })], ROLLBACK);
      this.#sent = null; // the server went back to an older setting
    }, true);
  }

  /** A statement, and before it whatever has to go first: BEGIN, and the scope unless the server has exactly this one. */
  async #transmit(scope: Opened, last: WireStatement, allowed: Tags): Promise<Batch> {
    if (!this.#leased) throw new Refused('this connection was given back');
    const asked = scope.opening();
    // What has opened this transaction was checked then: see `Statement.leaves`.
    const opening = this.#state === 'open' ? (asked?.leaves ?? asked) : asked;
    if (opening === null && this.#sent !== null) throw new Refused('one transaction cannot drop its tenant');
    const statements = this.#state === 'begin' ? [...this.#begin] : [];
    let check = -1;
    if (opening !== null && !isSameStatement(this.#sent, opening)) {
      check = statements.push(this.#exchange.bind(opening.sql, opening.params)) - 1;
    }
    statements.push(last);
    return this.#send(statements, allowed, { check, opening: opening ?? this.#sent });
  }

  /**
   * One round trip, then the comparison with the server.
   * @param check index of the opening statement; by index, because BEGIN may stand before it and a business division by zero behind it
   */
  async #send(
    statements: readonly WireStatement[],
    allowed: Tags,
    how: { check?: number; expected?: TransactionStatus; opening?: Statement | null } = {},
  ): Promise<Batch> {
    const { check = -1, expected = this.#state === 'idle' ? 'I' : 'T', opening = this.#sent } = how;
    if (this.#state === 'broken') throw new Refused('this connection is not used again');
    const { batch, error, status } = await this.#exchange.send(statements);
    this.#state = this.#follow(error, status, expected);
    this.#sent = status === 'T' ? (opening?.leaves ?? opening) : null;
    if (error) {
      if (batch.running === check && sqlState(error) === '22012') throw new StaleAuthz({ cause: error });
      throw error;
    }
    if (this.#isBroken) throw new Refused(`the statement changed the transaction: ${batch.command}`);
    if (!allowed.has(batch.command ?? '')) {
      this.#state = 'broken';
      throw new Refused(`${batch.command ?? 'an empty statement'} is not allowed on this connection`);
    }
    return batch;
  }

  /** The server's status decides what we are, never our own opinion. What does not fit breaks the connection. */
  #follow(error: Error | null, status: TransactionStatus | null, expected: TransactionStatus): State {
    if (this.#state === 'begin' && error && status === 'I') return 'begin'; // BEGIN itself failed: nothing has begun
    const hasFailed = error !== null && status === 'E' && this.#state !== 'idle';
    if (status !== expected && !hasFailed) return 'broken';
    return status === 'I' ? 'idle' : 'open';
  }

  /** A property, because the compiler does not see that #follow changed the state. */
  get #isBroken(): boolean {
    return this.#state === 'broken';
  }

  #observed<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
    this.#place = sql.id;
    return observed(this.#settings, sql, work);
  }
}
