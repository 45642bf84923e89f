import { newRowReader, type RowReader, type TransactionStatus, type TypeParsers, type Wire, type WireQuery } from './pg-internals.js';
import type pg from 'pg';
import type { WireValue } from './params.js';

/** A statement ready to be sent: its parameters are converted. */
export interface WireStatement {
  readonly text: string;
  /** '' is the unnamed statement, parsed each time. */
  readonly name: string;
  readonly values: readonly WireValue[];
}

/** How a batch ended: after the server's ReadyForQuery, or with the connection (`status` null). */
export interface Outcome {
  readonly error: Error | null;
  readonly status: TransactionStatus | null;
}

/**
 * Several statements under one Sync: one round trip, and without BEGIN one implicit transaction, so a setting made by the first
 * lives exactly as long as the last. The result is that of the last statement. `done` settles only once the server is ready again,
 * because before that its transaction status is not known.
 */
export class Batch implements WireQuery {
  /** pg.Client calls it when there is one, and would make a promise of its own if there were none. We use `done`. */
  readonly callback = (): void => {};
  readonly done: Promise<Outcome>;
  readonly result: RowReader;
  /** The command tag of the last statement, as the server says it: SELECT, INSERT, COMMIT … null if it did not get there. */
  command: string | null = null;
  /** Index of the statement that is running; of the one that failed, after an error. */
  running = 0;
  #error: Error | null = null;
  #settle: (outcome: Outcome) => void = () => {};
  readonly #statements: readonly WireStatement[];
  readonly #parses: ReadonlySet<WireStatement>;
  readonly #closes: readonly string[];
  /** Names whose Parse is on its way, in order. */
  readonly #parsing: string[] = [];
  readonly #isDead: () => boolean;

  /**
   * @param parses the statements the server does not know yet
   * @param closes names to close first
   * @param isDead is the connection gone, so that no ReadyForQuery will follow an error?
   */
  constructor(
    statements: readonly WireStatement[],
    parses: ReadonlySet<WireStatement>,
    closes: readonly string[],
    types: TypeParsers,
    isDead: () => boolean,
  ) {
    this.#statements = statements;
    this.#parses = parses;
    this.#closes = closes;
    this.#isDead = isDead;
    this.result = newRowReader(types);
    this.done = new Promise((resolve) => (this.#settle = resolve));
  }

  submit(wire: Wire): null {
    wire.stream.cork(); // one packet
    try {
      for (const name of this.#closes) wire.close({ type: 'S', name });
      for (const statement of this.#statements) this.#send(wire, statement);
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
    return null;
  }

  #send(wire: Wire, statement: WireStatement): void {
    const { text, name, values } = statement;
    if (this.#parses.has(statement)) {
      wire.parse({ name, text });
      this.#parsing.push(name);
    }
    wire.bind({ portal: '', statement: name, values });
    if (statement === this.#statements.at(-1)) wire.describe({ type: 'P', name: '' });
    wire.execute({ portal: '', rows: 0 });
  }

  /** Names whose Parse did not complete: the server does not know them. */
  get unparsed(): readonly string[] {
    return this.#parsing.filter((name) => name !== '');
  }

  parseCompleted(): void {
    this.#parsing.shift();
  }

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    this.result.addFields(fields);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (!this.#isLast || this.#error) return;
    try {
      this.result.addRow(this.result.parseRow(fields));
    } catch (error) {
      // A type parser failed. The rows that follow are dropped, and the error waits for the server like any other.
      this.#error = error instanceof Error ? error : new Error(String(error));
    }
  }

  handleCommandComplete(message: { text: string }): void {
    if (this.#isLast) {
      this.command = message.text.replace(/( \d+)+$/, '');
      this.result.addCommandComplete(message);
    }
    this.running++;
  }

  handleEmptyQuery(): void {
    this.running++; // no tag, so the client refuses it
  }

  handlePortalSuspended(): void {
    // Execute asks for all rows, so the server never suspends.
  }

  handleCopyInResponse(wire: Wire): void {
    wire.sendCopyFail('COPY is not for this connection');
    wire.sync(); // copy mode swallowed ours: without a second one the connection hangs for ever
  }

  handleCopyData(): void {
    // COPY … TO STDOUT: dropped. Its tag makes the client refuse it.
  }

  /** Comes from the server (ReadyForQuery follows, unless it is FATAL) or from a connection that broke. */
  handleError(error: Error): void {
    this.#error ??= error;
    const { severity } = error as { severity?: string };
    if (severity === 'FATAL' || severity === 'PANIC' || this.#isDead()) this.settle(null);
  }

  handleReadyForQuery(): void {
    // The client settles, after an error too: pg calls this only after success.
  }

  settle(status: TransactionStatus | null): void {
    const error = this.#error ?? (status === null ? new Error('Connection ended') : null);
    this.#settle({ error, status });
  }

  get #isLast(): boolean {
    return this.running === this.#statements.length - 1;
  }
}
