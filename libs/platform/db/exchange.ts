import { Batch, type WireStatement } from './batch.js';
import type { ClientSettings } from './client-settings.js';
import { databaseError, Refused, sqlState } from './errors.js';
import { toWire } from './params.js';
import { submit, type PgClient, type TransactionStatus } from './pg-internals.js';
import { StatementNames } from './statement-names.js';

export interface Exchanged {
  readonly batch: Batch;
  readonly error: Error | null;
  /** null: the connection is gone. */
  readonly status: TransactionStatus | null;
}

/** Errors after which the client has forgotten the names it used: a second try parses them again. */
const lostStatements = new WeakSet<Error>();
export const isLostStatement = (error: unknown): boolean => {
  const found = databaseError(error);
  return found !== null && lostStatements.has(found);
};

/**
 * The lower half of `TenantClient`: one batch at a time, and what the server knows by name. It knows nothing of scopes or of
 * transactions.
 */
export class Exchange {
  readonly #client: InstanceType<typeof PgClient>;
  readonly #settings: ClientSettings;
  readonly #names = new StatementNames();
  #batch: Batch | null = null;
  #lost = false;
  #hasSent = false;
  /** Set while somebody has the connection for one statement, or for several that belong together. */
  #turn: Promise<void> | null = null;

  constructor(client: InstanceType<typeof PgClient>, settings: ClientSettings) {
    this.#client = client;
    this.#settings = settings;
    client.connection.on('parseComplete', () => this.#batch?.parseCompleted());
    // After pg's own listener, which it adds while connecting: then its status is the new one.
    client.once('connect', () => client.connection.on('readyForQuery', ({ status }) => this.#settle(status)));
    // A socket that breaks under a query is an 'error' of the client, and while it is lent nobody else listens: Node would exit.
    client.on('error', () => (this.#lost = true));
    client.on('end', () => {
      this.#lost = true;
      this.#settle(null);
    });
  }

  get isBusy(): boolean {
    return this.#turn !== null;
  }
  get isLost(): boolean {
    return this.#lost;
  }
  get hasSent(): boolean {
    return this.#hasSent;
  }
  get names(): number {
    return this.#names.size;
  }

  /** One user at a time. `patient`: waits for its turn even where a second statement is a mistake. */
  async alone<T>(work: () => Promise<T>, patient = this.#settings.onSecondQuery === 'wait'): Promise<T> {
    while (this.#turn !== null) {
      if (!patient) throw new Refused('a second query while one runs on this connection: await the first');
      await this.#turn;
    }
    let end: () => void = () => {};
    this.#turn = new Promise((resolve) => (end = resolve));
    try {
      return await work();
    } finally {
      this.#turn = null;
      end();
    }
  }

  /** Converts the parameters and looks at the name. Throws before anything has changed or a byte was sent. */
  bind({ text, name }: { text: string; name?: string }, params: readonly unknown[] = []): WireStatement {
    const values = toWire(params);
    if (name === undefined || !this.#settings.prepared) return { text, name: '', values };
    this.#names.check(name, text);
    return { text, name, values };
  }

  /** One round trip. Resolves when the server is ready again or the connection is gone, never rejects. */
  async send(statements: readonly WireStatement[]): Promise<Exchanged> {
    const parses = new Set(statements.filter(({ name, text }) => name === '' || this.#names.use(name, text)));
    const batch = new Batch(statements, parses, this.#names.takeStale(), this.#client._types, () => this.#lost);
    this.#batch = batch;
    this.#hasSent = true;
    this.#settings.observer.sync();
    submit(this.#client, batch);
    const { error, status } = await batch.done;
    this.#batch = null;
    if (status === null) this.#lost = true; // a FATAL error comes before the end of the socket
    if (error) this.#learn(error, batch, statements);
    return { batch, error, status };
  }

  #settle(status: TransactionStatus | null): void {
    this.#batch?.settle(status);
  }

  #learn(error: Error, batch: Batch, statements: readonly WireStatement[]): void {
    for (const name of batch.unparsed) this.#names.forget(name);
    if (databaseError(error) === error) Error.captureStackTrace(error); // leads to the caller instead of to a socket
    if (statements.some(({ name }) => name !== '') && isAboutNames(error)) {
      this.#names.forgetAll();
      lostStatements.add(error);
    }
  }
}

/** The server lost a statement (26000), has another of that name (42P05), or its result has another type since (0A000). */
function isAboutNames(error: Error): boolean {
  const state = sqlState(error);
  return state === '26000' || state === '42P05' || (state === '0A000' && databaseError(error)?.routine === 'RevalidateCachedQuery');
}
