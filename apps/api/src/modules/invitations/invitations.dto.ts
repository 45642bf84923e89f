import { Email, Flag, Instant, Int, listQuery, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { StoreScopeDto } from '../rbac/index.js';

export class InvitationIn {
  @Email() email: string;
  @Uuid({ optional: true }) role_id?: string;
  @Text({ max: 120, optional: true, description: 'code, name or alias' }) role?: string;
  @Nested(() => StoreScopeDto, { optional: true, description: 'left out: all stores, if the caller holds all of the role there' })
  store_scope?: StoreScopeDto;
  @Text({ max: 1_000, optional: true, description: 'stands in the mail' }) message?: string;
}
export class InvitedRoleOut {
  @Uuid() role_id: string;
  @Text() code: string;
  @Text() name: string;
}
/** Never a token, nor its hash. */
export class InvitationOut {
  @Uuid() invitation_id: string;
  @Text() email: string;
  @Nested(() => InvitedRoleOut, { nullable: true, description: 'null: the role was deleted since' }) role: InvitedRoleOut | null;
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @OneOf(['pending', 'accepted', 'revoked', 'expired']) status: string;
  @Instant() expires_at: string;
  @Uuid({ nullable: true, description: 'null: the platform' }) invited_by: string | null;
  @Int() sent_count: number;
  @Instant({ nullable: true }) last_sent_at: string | null;
  @Uuid({ nullable: true }) accepted_user_id: string | null;
  @Instant({ nullable: true }) ended_at: string | null;
  @Text({ max: 1_000, nullable: true }) message: string | null;
  @Instant() created_at: string;
}
export const INVITATION_LIST = listQuery({
  status: { kind: 'one_of', values: ['pending', 'accepted', 'revoked', 'expired'], fold: true },
  email: { kind: 'text', max: 320 },
});

export class InvitationPreview {
  @Text() email: string;
  @Text() role: string;
  @Text() tenant_name: string;
  @Instant() expires_at: string;
  @Flag({ description: 'sign in to accept; otherwise choose a password' }) account_exists: boolean;
}
export class AcceptIn {
  @Text({ max: 100 }) token: string;
  @Text({ max: 120, optional: true }) display_name?: string;
  @Text({ max: 1_024, optional: true }) password?: string;
}
