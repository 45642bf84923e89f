import pg from 'pg';
import type { TenantClient } from '#platform/db/tenant-client.js';

const TYPES: Record<string, string> = {
  P: 'Parse',
  B: 'Bind',
  D: 'Describe',
  E: 'Execute',
  C: 'Close',
  S: 'Sync',
  Q: 'Query',
  f: 'CopyFail',
  X: 'Terminate',
};
const HEADER = 5; // type and length

/** What the client sends from now on, message by message, read from the bytes: `Parse(_scope)`, `Bind(_scope)`, `Execute`, `Sync` … */
export function recordMessages(client: TenantClient): string[] {
  const messages: string[] = [];
  const stream = client.connection.stream as unknown as { write(bytes: Buffer, ...rest: unknown[]): boolean };
  const write = stream.write.bind(stream);
  stream.write = (bytes, ...rest) => {
    for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) messages.push(describeMessage(bytes.subarray(at)));
    return write(bytes, ...rest);
  };
  return messages;
}

function describeMessage(bytes: Buffer): string {
  const type = TYPES[String.fromCharCode(bytes[0] ?? 0)] ?? '?';
  const [first = '', second = ''] = bytes.subarray(HEADER).toString('latin1').split('\0');
  if (type === 'Parse') return `Parse(${first})`;
  if (type === 'Bind') return `Bind(${second})`; // the portal comes first
  if (type === 'Close') return `Close(${first.slice(1)})`;
  return type;
}

/** A statement past all our rules, as a fault from outside (a pooler, an operator) would be. */
export function bypass(client: TenantClient, text: string): Promise<pg.QueryResult> {
  const query = pg.Client.prototype.query as unknown as (
    this: object,
    text: string,
    done: (error: Error | null, result: pg.QueryResult) => void,
  ) => void;
  return new Promise((resolve, reject) => query.call(client, text, (error, result) => (error ? reject(error) : resolve(result))));
}
