import { createHash } from 'node:crypto';
import { Transform, Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface ArchiveContent {
  /** Of the compressed bytes. */
  readonly sha256: string;
  readonly bytes: number;
  /** Lines, each of them a row. */
  readonly rows: number;
}

const NEWLINE = 10;

/** Reads compressed lines to their end, in bounded memory. @throws when they do not unpack */
export async function contentOf(source: Readable): Promise<ArchiveContent> {
  const hash = createHash('sha256');
  let bytes = 0;
  let rows = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const count = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) rows += 1;
      done();
    },
  });
  await pipeline(source, measure, createGunzip(), count);
  return { sha256: hash.digest('hex'), bytes, rows };
}
