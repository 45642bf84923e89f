import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { bearer, CredentialVerifier, type Claims, type VerifiedCredential } from '#platform/auth/index.js';
import { isUuid } from '#platform/crypto/index.js';
import { SessionActivity } from './session-activity.js';
import { StaffTokens, TenantTokens } from './token-realms.js';

type Request = Parameters<CredentialVerifier['verify']>[0];

/**
 * What a request of a tenant route proves. Only signature, time and form are looked at here: whether session, membership and tenant still
 * stand is asked of the database by the authorizer, in every request.
 */
@Injectable()
export class BearerVerifier extends CredentialVerifier {
  constructor(
    private readonly tenantTokens: TenantTokens,
    private readonly staffTokens: StaffTokens,
    private readonly activity: SessionActivity,
  ) {
    super();
  }

  override async verify(request: Request): Promise<VerifiedCredential> {
    const token = bearer(request);
    // An API key opens nothing until API keys exist; beside a token it would be a second opinion.
    if (token === null || request.headers['x-api-key'] !== undefined) throw fail('unauthenticated');
    const credential = credentialOf(await this.claims(token));
    this.activity.seen({ session_id: credential.session_id, user_id: credential.user_id, tenant_id: credential.tenant_id, ip: request.ip });
    return credential;
  }

  private async claims(token: string): Promise<Claims> {
    try {
      return await this.tenantTokens.verify(token);
    } catch (error) {
      if (error instanceof Problem && error.code === 'unauthenticated' && (await this.staffTokens.recognises(token)))
        throw fail('wrong_realm');
      throw error;
    }
  }
}

function credentialOf({ sub, sid, tid, lim, exp }: Claims): Extract<VerifiedCredential, { kind: 'user' }> {
  // There is no token without a tenant: one that has none was not made here.
  if (!isUuid(sub) || !isUuid(sid) || !isUuid(tid)) throw fail('unauthenticated');
  if (lim !== undefined && lim !== 'change_password' && lim !== 'mfa_setup') throw fail('unauthenticated');
  return { kind: 'user', user_id: sub, session_id: sid, tenant_id: tid, limited_to: lim ?? null, expires_at: new Date(exp * 1000) };
}
