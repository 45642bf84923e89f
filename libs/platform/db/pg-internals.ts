import pg from 'pg';

/**
 * Everything of pg 8.23.1 and pg-pool 3.14.0 that we use and that is not in their documentation, in one place. Both are pinned
 * exactly; test/isolation/tenant-client.spec.ts checks the messages on the wire, so an upgrade that changes one of these shows there.
 */

/** Messages we send. */
export interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(message: { name: string; text: string }): void;
  bind(message: { portal: string; statement: string; values: readonly (string | Buffer | null)[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  close(message: { type: 'S'; name: string }): void;
  sync(): void;
  sendCopyFail(reason: string): void;
  on(event: 'parseComplete', listener: () => void): void;
  on(event: 'readyForQuery', listener: (message: { status: TransactionStatus }) => void): void;
}

/** The server's word on the transaction: none, open, failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** What pg's Client asks of an object that is handed to `query()`. */
export interface WireQuery {
  callback: unknown;
  submit(wire: Wire): Error | null;
  handleRowDescription(message: { fields: pg.FieldDef[] }): void;
  handleDataRow(message: { fields: (string | null)[] }): void;
  handleCommandComplete(message: { text: string }): void;
  handleEmptyQuery(): void;
  handlePortalSuspended(): void;
  handleCopyInResponse(wire: Wire): void;
  handleCopyData(): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

/** pg's result: finds the parser of each column, makes the rows. */
export interface RowReader {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number | null;
  readonly command: string;
  addFields(fields: pg.FieldDef[]): void;
  parseRow(fields: (string | null)[]): Record<string, unknown>;
  addRow(row: Record<string, unknown>): void;
  addCommandComplete(message: { text: string }): void;
}

export type TypeParsers = pg.CustomTypesConfig;

export const newRowReader = (types: TypeParsers): RowReader => {
  const Result = pg.Result as unknown as new (rowMode: undefined, types: TypeParsers) => RowReader;
  return new Result(undefined, types);
};

interface ClientInternals {
  readonly _types: TypeParsers;
  /** What pg made of config, URL and environment together. */
  readonly connectionParameters: Readonly<Record<string, unknown>>;
}
/** pg.Client with its internals typed. `query` is left out, because ours has another shape. */
export const PgClient = pg.Client as unknown as new (
  config: pg.ClientConfig,
) => Omit<pg.Client, 'query' | 'connection'> & ClientInternals & { readonly connection: Wire };

/** pg.Client's own `query`, which our client hides. */
export function submit(client: object, query: WireQuery): void {
  (pg.Client.prototype.query as unknown as (this: object, query: WireQuery) => void).call(client, query);
}

interface PoolInternals {
  /** Every way of giving a client back ends here. An error closes the client. */
  _release(client: object, idleListener: unknown, error?: Error | boolean): void;
}
export const PgPool = pg.Pool as unknown as new (
  options: object,
) => Omit<pg.Pool, 'end' | 'query'> & PoolInternals & { end(): Promise<void> };

/** pg-pool's sentence when nobody gave a connection back in time. */
export const NO_CONNECTION_FREE = 'timeout exceeded when trying to connect';
