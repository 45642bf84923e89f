import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import { Config } from '#platform/config/index.js';
import { Clock, KeyRings, open, randomToken, seal, sha256, type KeyRing } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import { mfaRows, type FactorRow, type Principal } from './mfa.repository.js';
import { plainRecoveryCode, RECOVERY_BYTES, RECOVERY_CODES, recoveryCode } from './recovery-codes.js';
import { base32, matchingStep, otpauthUri, plainCode, SECRET_BYTES } from './totp.js';

/** How somebody shows that they have the second factor: one of the two. */
export interface FactorProof {
  readonly code?: string;
  readonly recovery_code?: string;
}
export interface ProposedFactor {
  readonly secret: string;
  readonly otpauth_uri: string;
  readonly recovery_codes: string[];
}
export interface OpenChallenge {
  readonly principal_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly tries_left: number;
}

export const CHALLENGE_TTL_S = 300;
const MAX_TRIES = 5;

type Queries = Pick<Tx, 'query'>;

/**
 * The second factor of both realms: a secret that only an authenticator app and our sealed column know, and ten codes of which we keep
 * HMACs. What is shown once is returned once and stands nowhere.
 */
@Injectable()
export class SecondFactor {
  private readonly ring: KeyRing;

  constructor(
    rings: KeyRings,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    this.ring = rings.ring('mfa');
  }

  async status(tx: Queries, who: Principal): Promise<{ enabled_at: Date | null; recovery_codes_left: number }> {
    const enabled_at = (await mfaRows.find(tx, who))?.confirmed_at ?? null;
    return { enabled_at, recovery_codes_left: enabled_at ? (await mfaRows.unusedCodes(tx, who)).length : 0 };
  }

  /** A factor that opens nothing until it is confirmed; another one that was not is replaced. @throws Problem mfa_already_enabled */
  async propose(tx: Queries, who: Principal, account: string): Promise<ProposedFactor> {
    const secret = randomBytes(SECRET_BYTES);
    if (!(await mfaRows.propose(tx, who, seal(this.ring, placeOf(who), secret)))) throw fail('mfa_already_enabled');
    const recovery_codes = await this.renewCodes(tx, who);
    return { secret: base32(secret), otpauth_uri: otpauthUri({ issuer: this.config.product_name, account, secret }), recovery_codes };
  }

  /** @throws Problem mfa_not_started, mfa_already_enabled, mfa_code_invalid */
  async confirm(tx: Queries, who: Principal, code: string): Promise<void> {
    const factor = await mfaRows.find(tx, who);
    if (!factor) throw fail('mfa_not_started');
    if (factor.confirmed_at) throw fail('mfa_already_enabled');
    const step = this.stepOf(factor, who, code);
    if (step === null || !(await mfaRows.confirm(tx, who, step, this.clock.now()))) throw fail('mfa_code_invalid');
  }

  /**
   * Uses a code up, or a recovery code. Two parallel uses of one give one success. Answers which of the two it was.
   * @throws Problem mfa_not_enabled, mfa_code_invalid
   */
  async prove(tx: Queries, who: Principal, proof: FactorProof): Promise<'code' | 'recovery_code'> {
    const factor = await mfaRows.find(tx, who);
    if (!factor?.confirmed_at) throw fail('mfa_not_enabled');
    if (proof.code !== undefined) {
      const step = this.stepOf(factor, who, proof.code);
      if (step === null || !(await mfaRows.useStep(tx, who, step))) throw fail('mfa_code_invalid');
      return 'code';
    }
    if (!(await this.useRecoveryCode(tx, who, proof.recovery_code ?? ''))) throw fail('mfa_code_invalid');
    return 'recovery_code';
  }

  /** Ten new ones; the old ones are dead. */
  async renewCodes(tx: Queries, who: Principal): Promise<string[]> {
    const codes = Array.from({ length: RECOVERY_CODES }, () => recoveryCode(randomBytes(RECOVERY_BYTES)));
    await mfaRows.replaceCodes(tx, who, codes.map((code) => this.ring.hmac(who.realm, who.id, plainRecoveryCode(code) ?? ''))); // prettier-ignore
    return codes;
  }

  /** True when there was a confirmed one. */
  remove(tx: Queries, who: Principal): Promise<boolean> {
    return mfaRows.remove(tx, who);
  }

  /** A sign-in that waits for the factor: what it is worth stands in `payload`, the token is the client's alone. */
  async challenge(tx: Queries, who: Principal, payload: Readonly<Record<string, unknown>>): Promise<string> {
    const token = randomToken();
    const expires_at = new Date(this.clock.now().getTime() + CHALLENGE_TTL_S * 1000);
    await mfaRows.insertChallenge(tx, sha256(token), who, { payload, expires_at });
    return token;
  }

  /** Counts a try, before anything is compared. Unknown, over, used and spent are one answer. @throws Problem mfa_challenge_invalid */
  async attempt(tx: Queries, realm: Principal['realm'], challenge: string): Promise<OpenChallenge> {
    const row = await mfaRows.tryChallenge(tx, sha256(challenge), { realm, max_tries: MAX_TRIES, now: this.clock.now() });
    if (!row) throw fail('mfa_challenge_invalid');
    return { principal_id: row.principal_id, payload: row.payload, tries_left: MAX_TRIES - row.tries };
  }

  /** @throws Problem mfa_challenge_invalid when a parallel call was faster */
  async spend(tx: Queries, challenge: string): Promise<void> {
    if (!(await mfaRows.spendChallenge(tx, sha256(challenge), this.clock.now()))) throw fail('mfa_challenge_invalid');
  }

  private stepOf({ secret_enc }: FactorRow, who: Principal, code: string): number | null {
    return matchingStep(open(this.ring, placeOf(who), secret_enc), plainCode(code), this.clock.now());
  }

  /** A code that was made under the previous key of the ring still opens: each that is unused is compared. */
  private async useRecoveryCode(tx: Queries, who: Principal, typed: string): Promise<boolean> {
    const plain = plainRecoveryCode(typed);
    if (plain === null) return false;
    const matches = (await mfaRows.unusedCodes(tx, who)).filter((hash) => this.ring.verifies(hash, who.realm, who.id, plain));
    const [code_hash] = matches;
    return code_hash !== undefined && mfaRows.useCode(tx, who, code_hash, this.clock.now());
  }
}

const placeOf = ({ realm, id }: Principal): string => `mfa_factors:secret_enc:${realm}:${id}`;

/** @throws Problem validation_failed unless exactly one of the two was given */
export function proofOf({ code, recovery_code }: FactorProof): FactorProof {
  if ((code === undefined) === (recovery_code === undefined))
    throw invalid([{ field: '/code', code: 'required', message: 'Give either a code or a recovery code.' }]);
  return code === undefined ? { recovery_code: recovery_code ?? '' } : { code };
}
