import type { Readable } from 'node:stream';
import type { ResponseBody } from './types.js';

const MAX_READ = 16_384;
const MAX_KEPT = 4_096;

export interface ReadBody {
  readonly body: ResponseBody | null;
  /** The connection ended inside the body. */
  readonly broken: boolean;
}

/**
 * Reads at most 16 KiB for at most `max_ms`, then lets go of the connection: what a receiver says beyond its status is for people to
 * read, and no reason to wait. Never rejects.
 */
export function readBody(stream: Readable, max_ms: number): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish(false), Math.max(0, max_ms));
    const finish = (broken: boolean, whole = false) => {
      clearTimeout(timer);
      // Stays: leaving early makes the stream fail once more, and nobody else listens.
      stream.off('data', take);
      if (!whole) stream.destroy();
      resolve({ body: asResponseBody(Buffer.concat(chunks), whole), broken });
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_READ) finish(false);
    };
    stream.on('error', () => finish(true));
    stream.once('end', () => finish(false, true));
    stream.on('data', take);
  });
}

/** `whole`: `bytes` is all there was. null for an empty body. */
export function asResponseBody(bytes: Buffer, whole: boolean): ResponseBody | null {
  if (bytes.length === 0) return null;
  const truncated = !whole || bytes.length > MAX_KEPT;
  const kept = bytes.subarray(0, MAX_KEPT);
  const text = utf8(kept, truncated);
  return text === null ? { text: kept.toString('base64'), encoding: 'base64', truncated } : { text, encoding: 'utf8', truncated };
}

/** null for what is no text that PostgreSQL stores. A character that the cut went through is left out. */
function utf8(bytes: Buffer, cut: boolean): string | null {
  try {
    // `stream` forgives an unfinished character at the end, and nothing else.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
