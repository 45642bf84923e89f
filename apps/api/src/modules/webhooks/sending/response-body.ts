import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { ResponseBody } from './types.js';

const MOST_READ = 16_384;
const KEPT = 4_096;

/** What was read of a body, and how it ended. */
export interface BodyRead {
  readonly body: ResponseBody | null;
  /** The other side closed the connection inside the body, or its length was wrong. */
  readonly broken: boolean;
}

/**
 * Reads at most 16 KiB for at most `patience_ms`, then drops the connection: the status is known, and an endless body would hold a slot.
 * A body that ends inside these limits leaves its connection usable. Never rejects.
 */
export async function readBody(stream: Readable, patience_ms: number): Promise<BodyRead> {
  const chunks: Buffer[] = [];
  let size = 0;
  let dropped = false;
  const drop = (): void => {
    dropped = true;
    stream.destroy();
  };
  const timer = setTimeout(drop, patience_ms);
  const broken = await new Promise<boolean>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      if (size < KEPT) chunks.push(chunk.subarray(0, KEPT - size));
      size += chunk.length;
      if (size >= MOST_READ) drop();
    });
    // undici ends a stream that was destroyed early with an error of its own; that one is ours.
    stream.once('end', () => resolve(false)).once('error', () => resolve(!dropped)).once('close', () => resolve(false)); // prettier-ignore
  });
  clearTimeout(timer);
  return { body: responseBody(Buffer.concat(chunks), dropped || broken || size > KEPT), broken };
}

/** @returns null for an empty one; else text, or base64 when it is none. A character cut by the end of what is kept is left out. */
export function responseBody(kept: Buffer, truncated: boolean): ResponseBody | null {
  if (kept.length === 0) return null;
  const cuts = truncated ? [0, 1, 2, 3] : [0];
  const text = cuts.map((cut) => kept.subarray(0, Math.max(kept.length - cut, 0))).find((bytes) => isUtf8(bytes) && !bytes.includes(0));
  if (text !== undefined && text.length > 0) return { text: text.toString(), encoding: 'utf8', truncated };
  return { text: kept.toString('base64'), encoding: 'base64', truncated };
}
