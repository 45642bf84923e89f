import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import {
  bearer,
  CredentialVerifier,
  type AuthzContext,
  type Claims,
  type RequestFacts,
  type SupportAccess,
  type VerifiedCredential,
} from '#platform/auth/index.js';
import { isUuid, sha256 } from '#platform/crypto/index.js';
import { isApiKey, isGenuine } from './api-key-format.js';
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
    const token = oneCredential(bearer(request), request.headers['x-api-key']);
    if (token === null) throw fail('unauthenticated');
    if (isApiKey(token)) {
      // A text that only looks like a key costs no round trip.
      if (!isGenuine(token)) throw fail('invalid_credentials');
      return { kind: 'api_key', credential_hash: sha256(token) };
    }
    const credential = credentialOf(await this.claims(token));
    if (!credential.support)
      this.activity.seen({
        session_id: credential.session_id,
        user_id: credential.user_id,
        tenant_id: credential.tenant_id,
        ip: request.ip,
      });
    return credential;
  }

  override accepted({ principal, tenant_id }: AuthzContext, { ip }: RequestFacts): void {
    if (principal.kind === 'api_key') this.activity.keyUsed({ tenant_id, api_key_id: principal.principal_id, ip });
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

/**
 * Bearer or `X-Api-Key`; both only where they say the same. What stands in the header of keys has to be one: an access token has its own
 * place.
 */
function oneCredential(token: string | null, header: string | string[] | undefined): string | null {
  if (header === undefined) return token;
  const key = Array.isArray(header) ? header.join(',') : header;
  if ((token !== null && token !== key) || !isApiKey(key)) throw fail(token === null ? 'invalid_credentials' : 'unauthenticated');
  return key;
}

function credentialOf({ sub, sid, tid, lim, act, exp }: Claims): Extract<VerifiedCredential, { kind: 'user' }> {
  // There is no token without a tenant: one that has none was not made here.
  if (!isUuid(sub) || !isUuid(sid) || !isUuid(tid)) throw fail('unauthenticated');
  if (lim !== undefined && lim !== 'change_password' && lim !== 'mfa_setup') throw fail('unauthenticated');
  const support = act && supportOf(act);
  return {
    kind: 'user', user_id: sub, session_id: sid, tenant_id: tid, limited_to: lim ?? null, expires_at: new Date(exp * 1000), ...(support ? { support } : {}),
  }; // prettier-ignore
}

/** A mode that this release does not know would be a right that nobody checks. */
function supportOf({ sub, label, imp, mode }: NonNullable<Claims['act']>): SupportAccess {
  if (!isUuid(sub) || !isUuid(imp) || (mode !== 'read_only' && mode !== 'write')) throw fail('unauthenticated');
  return { impersonation_id: imp, staff: { id: sub, label }, mode };
}
