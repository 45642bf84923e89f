import { Email, Flag, Instant, Int, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';

const REASON = { min: 0, max: 500, optional: true, description: 'needed: at least 10 characters' } as const;

/** What becomes of a tenant whose last administrator goes. */
export class OrphanIn {
  @Uuid() tenant_id: string;
  @Email({ description: 'a member, who gets the top role, or somebody who is invited with it' }) new_owner_email: string;
}
export class PlatformPersonActIn {
  @Text(REASON) reason?: string;
  @ListOf({ dto: () => OrphanIn }, { max: 100, optional: true, description: 'One entry for each tenant that would have no administrator' })
  orphans?: OrphanIn[];
}
export class PlatformPersonReasonIn {
  @Text(REASON) reason?: string;
}
export class PlatformPersonOut {
  @Uuid() user_id: string;
  @Text() email: string;
  @Text() display_name: string;
  @OneOf(['active', 'disabled', 'erased']) status: string;
  @Flag() mfa_enabled: boolean;
}

export class SessionsRevokeIn {
  @Uuid({ optional: true, description: 'Everybody who belongs to it' }) tenant_id?: string;
  @Uuid({ optional: true }) user_id?: string;
  @Flag({ optional: true, description: 'true: everybody' }) all?: boolean;
  @Text(REASON) reason?: string;
}
export class RevokedOut {
  @Int() revoked: number;
}

export class SupportAccessStartIn {
  @Uuid({ description: 'An active member: the tenant is seen as this person sees it' }) user_id: string;
  @Text(REASON) reason?: string;
  @OneOf(['read_only', 'write'], { optional: true, description: 'write: only where the tenant lets support write' }) mode?:
    'read_only' | 'write';
}
export class SupportTenantOut {
  @Uuid() tenant_id: string;
  @Text() slug: string;
  @Text() name: string;
}
export class SupportOut {
  @Uuid() impersonation_id: string;
  @Uuid() user_id: string;
  @Text({ max: 500 }) reason: string;
  @OneOf(['read_only', 'write']) mode: string;
  @Instant() expires_at: string;
}
export class SupportStartedOut {
  @Text({ max: 4_000, description: 'An access token of the tenant; there is no refresh token beside it' }) token: string;
  @Text({ max: 4_000 }) access_token: string;
  @OneOf(['Bearer']) token_type: 'Bearer';
  @Int({ description: 'Seconds' }) expires_in: number;
  @Nested(() => SupportTenantOut) tenant: SupportTenantOut;
  @Nested(() => SupportOut) impersonation: SupportOut;
}
