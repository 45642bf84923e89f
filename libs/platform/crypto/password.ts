import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { compare as verifyBcrypt } from 'bcryptjs';
import { fail } from '#contracts/errors.js';
import { PASSWORD_MAX_BYTES } from './password-policy.js';
import { Semaphore, SemaphoreTimeout } from './semaphore.js';

/** argon2id is 2 in the library's `const enum`, which isolated modules cannot read. */
const ARGON2ID = 2;
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const PREFIX = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;
const WAIT_MS = 5_000;
/** 2^10 rounds are the least that is worth anything today; 2^14 take seconds here. */
const BCRYPT_COST = { least: 10, most: 14 } as const;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * Hashes and verifies passwords with argon2id. One hash costs ≈ 10 ms of a core and 19 MiB, so at most `cores − 1` run at a time: a
 * flood of sign-ins slows sign-ins, not the product.
 */
export class PasswordHasher {
  private readonly places: Semaphore;
  /** The form of a real hash that no password has: verifying against it takes the usual time. */
  private readonly nobody = `${PREFIX}${base64(randomBytes(16))}$${base64(randomBytes(32))}`;

  constructor(options: { readonly concurrency?: number; readonly wait_ms?: number } = {}) {
    this.places = new Semaphore(options.concurrency ?? Math.max(1, availableParallelism() - 1), options.wait_ms ?? WAIT_MS);
  }

  /** @throws `busy` after 5 s of waiting */
  hash(password: string): Promise<string> {
    if (Buffer.byteLength(password) > PASSWORD_MAX_BYTES)
      throw new RangeError(`a password of more than ${PASSWORD_MAX_BYTES} bytes is not hashed`);
    return this.wait(() => hash(password, { ...PARAMETERS, algorithm: ARGON2ID as never }));
  }

  /**
   * False for a wrong password, for one that is too long and for a hash of a kind we do not know. A bcrypt hash that was brought along is
   * verified too, if it is neither weaker than is taken nor dearer than a sign-in may be. It costs many times an argon2id hash, here on the
   * main thread in slices of 100 ms, and is replaced at the first right password; whoever answers a stranger has to hide the difference
   * (`WRONG_PASSWORD_GRID_MS`). @throws `busy`
   */
  async verify(password_hash: string, password: string): Promise<boolean> {
    if (Buffer.byteLength(password) <= PASSWORD_MAX_BYTES) {
      if (password_hash.startsWith('$argon2id$')) return this.wait(() => verify(password_hash, password));
      const cost = Number(BCRYPT.exec(password_hash)?.[1]);
      if (cost >= BCRYPT_COST.least && cost <= BCRYPT_COST.most) return this.wait(() => verifyBcrypt(password, password_hash));
    }
    await this.verifyNobody(password);
    return false;
  }

  /** What a sign-in of an unknown address does, so that its time says nothing. Always false. @throws `busy` */
  async verifyNobody(password: string): Promise<false> {
    await this.wait(() => verify(this.nobody, password.slice(0, PASSWORD_MAX_BYTES)));
    return false;
  }

  /** True when the hash was made with other parameters than those of today: hash again after the next right password. */
  needsRehash(password_hash: string): boolean {
    return !password_hash.startsWith(PREFIX);
  }

  private async wait<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.places.run(work);
    } catch (cause) {
      throw cause instanceof SemaphoreTimeout ? fail('busy', { retry_after: 1 }, cause) : cause;
    }
  }
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
