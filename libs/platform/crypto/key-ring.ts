import { createHmac, hkdfSync } from 'node:crypto';
import { equal, sha256 } from './digest.js';

/** What a key is for. A ring's keys open nothing of another ring. */
export type RingName = 'fields' | 'webhooks' | 'mail' | 'mfa' | 'cursor' | 'throttle' | 'signup';

interface RingKey {
  readonly kid: string;
  readonly key: Buffer;
}

/** The keys of one purpose: the first one seals, all of them open. */
export class KeyRing {
  private readonly keys: readonly [RingKey, ...RingKey[]];

  /** @param masters 32 bytes each, the current one first. */
  constructor(
    readonly name: RingName,
    masters: readonly [Buffer, ...Buffer[]],
  ) {
    const [current, ...previous] = masters;
    this.keys = [derive(name, current), ...previous.map((master) => derive(name, master))];
  }

  get current(): RingKey {
    return this.keys[0];
  }

  find(kid: string): Buffer | null {
    return this.keys.find((key) => key.kid === kid)?.key ?? null;
  }

  /** HMAC-SHA256 of the parts with the key of today. Each part is preceded by its length, so `ab|c` and `a|bc` differ. */
  hmac(...parts: readonly (string | Uint8Array)[]): Buffer {
    return hmac(this.current.key, parts);
  }

  /** True when `mac` (whole, or cut to at least 8 bytes) was made with any key of the ring. */
  verifies(mac: Uint8Array, ...parts: readonly (string | Uint8Array)[]): boolean {
    return mac.length >= 8 && this.keys.filter(({ key }) => equal(hmac(key, parts).subarray(0, mac.length), mac)).length > 0;
  }
}

/** Makes and keeps the rings. `ENCRYPTION_KEY` and `ENCRYPTION_KEY_PREVIOUS`: 64 hex characters each. */
export class KeyRings {
  private readonly masters: readonly [Buffer, ...Buffer[]];
  private readonly rings = new Map<RingName, KeyRing>();

  constructor(keys: { readonly encryption_key: string; readonly encryption_key_previous?: string }) {
    const current = master('ENCRYPTION_KEY', keys.encryption_key);
    const previous = keys.encryption_key_previous ? [master('ENCRYPTION_KEY_PREVIOUS', keys.encryption_key_previous)] : [];
    this.masters = [current, ...previous];
  }

  ring(name: RingName): KeyRing {
    const known = this.rings.get(name);
    if (known) return known;
    const made = new KeyRing(name, this.masters);
    this.rings.set(name, made);
    return made;
  }
}

function derive(name: RingName, from: Buffer): RingKey {
  const key = Buffer.from(hkdfSync('sha256', from, Buffer.alloc(0), name, 32));
  return { kid: sha256(key).toString('hex').slice(0, 8), key };
}

function hmac(key: Buffer, parts: readonly (string | Uint8Array)[]): Buffer {
  const mac = createHmac('sha256', key);
  const length = Buffer.alloc(4);
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    length.writeUInt32BE(bytes.length);
    mac.update(length).update(bytes);
  }
  return mac.digest();
}

function master(variable: string, hex: string): Buffer {
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw new Error(`${variable} must have 64 hex characters`);
  return Buffer.from(hex, 'hex');
}
