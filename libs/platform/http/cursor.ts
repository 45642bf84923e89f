import { createHmac, timingSafeEqual } from 'node:crypto';
import { fail } from '#contracts/errors.js';

export type SortKey = readonly (string | number | null)[];

/**
 * Keyset cursors: `c1.<payload>.<mac>`. The MAC binds the sort key to route, tenant, filters and sort, so a cursor cannot be carried
 * to another list.
 */
export class CursorCodec {
  constructor(private readonly key: Buffer) {}

  encode(binding: string, values: SortKey): string {
    const payload = Buffer.from(JSON.stringify(values)).toString('base64url');
    return `c1.${payload}.${this.mac(binding, payload).toString('base64url')}`;
  }

  /** @throws Problem cursor_invalid for a changed cursor or one of another list */
  decode(binding: string, cursor: string): SortKey {
    const [version, payload, mac, ...rest] = cursor.split('.');
    if (version !== 'c1' || !payload || !mac || rest.length) throw fail('cursor_invalid');
    const given = Buffer.from(mac, 'base64url');
    const expected = this.mac(binding, payload);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw fail('cursor_invalid');
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as SortKey;
  }

  private mac(binding: string, payload: string): Buffer {
    return createHmac('sha256', this.key).update(`${binding}\n${payload}`).digest().subarray(0, 12);
  }
}
