import { codeOf, stepAt, STEP_S } from '../../apps/api/src/modules/identity/totp.js';
import type { TestClock } from './test-clock.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The phone of somebody: codes of a secret, by the clock of the world. A code counts once, so `next` waits for the next one. */
export class Authenticator {
  private readonly secret: Buffer;

  constructor(
    base32: string,
    private readonly clock: TestClock,
  ) {
    const bits = [...base32].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
    this.secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  }

  /** Of now, or of so many steps from now. */
  code(steps = 0): string {
    return codeOf(this.secret, stepAt(this.clock.now()) + steps);
  }

  /** A code that was not shown before. */
  next(): string {
    this.clock.advance(STEP_S * 1000);
    return this.code();
  }

  /** One that is wrong for minutes around. */
  wrong(): string {
    const near = new Set(Array.from({ length: 21 }, (_, i) => this.code(i - 10)));
    for (let n = 0; ; n++) {
      const code = String(n).padStart(6, '0');
      if (!near.has(code)) return code;
    }
  }
}
