import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { Passport } from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { fail } from '#contracts/errors.js';
import { sha256 } from '../crypto/index.js';

export type Audience = 'tenantry:tenant' | 'tenantry:platform';

export interface Claims {
  readonly sub: string;
  readonly sid: string;
  readonly tid?: string;
  readonly lim?: string;
  /** Staff with support access: who they are, and how far they may go (RFC 8693 §4.1). */
  readonly act?: { readonly sub: string; readonly label: string; readonly imp: string; readonly mode: string };
  readonly iat: number;
  readonly exp: number;
}

interface Key {
  readonly kid: string;
  readonly object: KeyObject;
}
const key = (secret: string | Buffer): Key => {
  const bytes = Buffer.from(secret as string);
  return { kid: sha256(bytes).toString('hex').slice(0, 8), object: createSecretKey(bytes) };
};
const ISSUER = 'tenantry';
const CACHE_ENTRIES = 10_000;
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Access tokens of one audience: HS256, `kid`, prepared KeyObjects (a secret given as text costs 340 µs a verification). passport-jwt
 * verifies a token once; a bounded cache answers until `exp`. That is safe because revocation is asked of the database in every request.
 */
export class TokenRealm {
  private readonly keys: readonly [Key, ...Key[]];
  private readonly passport = new Passport();
  private readonly verified = new Map<string, Claims>();

  constructor(
    readonly audience: Audience,
    secrets: readonly [string | Buffer, ...(string | Buffer)[]],
    private readonly now: () => Date,
  ) {
    const [first, ...rest] = secrets;
    this.keys = [key(first), ...rest.map(key)];
    this.passport.use(
      'jwt',
      new Strategy(
        {
          jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
          secretOrKeyProvider: (_request: unknown, token: unknown, done: (error: unknown, key?: KeyObject) => void) =>
            this.keyOf(String(token), done),
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience,
          jsonWebTokenOptions: { clockTimestamp: undefined },
          ignoreExpiration: true, // looked at below, with the injected clock
        } as unknown as ConstructorParameters<typeof Strategy>[0],
        (payload: Claims, done: (error: unknown, user?: Claims | false) => void) => done(null, payload),
      ),
    );
  }

  /** @param claims `iat`, `exp`, `iss` and `aud` are added; `ttl` in seconds. */
  sign(claims: Omit<Claims, 'iat' | 'exp'>, ttl: number): string {
    const iat = Math.floor(this.now().getTime() / 1000);
    const [current] = this.keys;
    const body = `${encode({ alg: 'HS256', typ: 'JWT', kid: current.kid })}.${encode({ iss: ISSUER, aud: this.audience, ...claims, iat, exp: iat + ttl })}`;
    return `${body}.${createHmac('sha256', current.object).update(body).digest('base64url')}`;
  }

  /** @throws Problem unauthenticated or token_expired */
  async verify(token: string): Promise<Claims> {
    const claims = this.verified.get(token) ?? (await this.check(token));
    if (claims.exp * 1000 <= this.now().getTime()) {
      this.verified.delete(token);
      throw fail('token_expired');
    }
    return claims;
  }

  /** True when the token carries a valid signature of this realm; used to tell `wrong_realm` from garbage. */
  async recognises(token: string): Promise<boolean> {
    try {
      await this.verify(token);
      return true;
    } catch {
      return false; // expired or foreign: it opens nothing here either way
    }
  }

  private async check(token: string): Promise<Claims> {
    const claims = await new Promise<Claims>((resolve, reject) => {
      const refuse = (cause?: unknown): void => reject(fail('unauthenticated', {}, cause));
      const authenticate = this.passport.authenticate('jwt', { session: false }, (error: unknown, user: Claims | false, info: unknown) =>
        error || !user ? refuse(error ?? info) : resolve(user),
      ) as (request: object, response: object, next: (error?: unknown) => void) => void;
      authenticate({ headers: { authorization: `Bearer ${token}` } }, {}, refuse);
    });
    if (typeof claims.sub !== 'string' || typeof claims.sid !== 'string' || !Number.isInteger(claims.exp)) throw fail('unauthenticated');
    if (this.verified.size >= CACHE_ENTRIES) this.verified.delete(this.verified.keys().next().value as string);
    this.verified.set(token, claims);
    return claims;
  }

  private keyOf(token: string, done: (error: unknown, key?: KeyObject) => void): void {
    let kid: unknown;
    try {
      kid = (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid?: unknown }).kid;
    } catch (cause) {
      return done(cause);
    }
    const found = this.keys.find((candidate) => candidate.kid === kid);
    if (found) done(null, found.object);
    else done(new Error('unknown key id'));
  }
}

/** The key of platform tokens: its own secret, else derived, so that a tenant token never verifies as a staff token. */
export function platformSecret(jwtSecret: string, platformJwtSecret: string): string | Buffer {
  return platformJwtSecret || Buffer.from(hkdfSync('sha256', jwtSecret, '', 'tenantry:platform', 32));
}
