import type { ResponseBody } from './types.js';

const MAX_KEPT = 4_096;

/** `whole`: the chunks are all there was. null for an empty body. */
export function asResponseBody(chunks: readonly Buffer[], whole: boolean): ResponseBody | null {
  const [first] = chunks;
  if (first === undefined) return null;
  const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
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
