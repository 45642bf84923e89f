import { randomFillSync } from 'node:crypto';
import { isUuid } from '#contracts/ids.js';

export { isUuid };

const COUNTER_MAX = 0xfff;
const POOL_BYTES = 4_096;
const BYTES_PER_ID = 10;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A source of UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits that count within one millisecond, 62 random bits. The ids of one
 * source only grow, also when the clock goes back or more than the counter holds are made in a millisecond: then the time runs ahead.
 */
export function idSource(now: () => number): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  let ms = 0;
  let counter = 0;

  return () => {
    if (used + BYTES_PER_ID > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const at = used;
    used += BYTES_PER_ID;
    const time = now();
    if (time > ms) {
      ms = time;
      // starts in the lower half, so that at least 2,048 ids of one millisecond follow each other
      counter = (((pool[at + 8] ?? 0) << 8) | (pool[at + 9] ?? 0)) & 0x7ff;
    } else if (counter < COUNTER_MAX) {
      counter += 1;
    } else {
      ms += 1;
      counter = 0;
    }
    const hex = (i: number): string => HEX[pool[at + i] ?? 0] ?? '00';
    const time_hex = ms.toString(16).padStart(12, '0');
    const variant = HEX[((pool[at] ?? 0) & 0x3f) | 0x80] ?? '80';
    return (
      `${time_hex.slice(0, 8)}-${time_hex.slice(8)}-7${counter.toString(16).padStart(3, '0')}-` +
      `${variant}${hex(1)}-${hex(2)}${hex(3)}${hex(4)}${hex(5)}${hex(6)}${hex(7)}`
    );
  };
}

/** A new id of any resource. */
export const newId: () => string = idSource(Date.now);

/** When a UUIDv7 was made, to the millisecond; null for any other text. */
export const uuidTime = (id: string): Date | null =>
  isUuid(id) && id[14] === '7' ? new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)) : null;
