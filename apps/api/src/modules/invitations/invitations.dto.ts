import { Email, Flag, Instant, Int, ListOf, listQuery, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
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
export const BULK_MAX = 100;
export class InvitationsIn {
  @ListOf({ dto: () => InvitationIn }, { min: 1, max: BULK_MAX, description: 'each address once' }) invitations: InvitationIn[];
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
export class InvitationRefusal {
  @Text() code: string;
  @Text({ description: 'the sentence of the code' }) title: string;
  @ListOf({ text: { max: 80 } }, { optional: true, description: 'of grant_exceeds_own: permissions that the caller does not hold there' })
  missing?: string[];
}
export class InvitationResult {
  @Text() email: string;
  @Nested(() => InvitationOut, { nullable: true, description: 'null: refused' }) invitation: InvitationOut | null;
  @Nested(() => InvitationRefusal, { nullable: true, description: 'null: invited' }) refusal: InvitationRefusal | null;
}
/** In the order of the request. */
export class InvitationsOut {
  @ListOf({ dto: () => InvitationResult }) data: InvitationResult[];
  @Int() invited: number;
  @Int() refused: number;
}
/** What a run of a schedule did. */
export class CronOut {
  @Int() processed: number;
  @Int() failed: number;
  @Int({ description: 'left for the next run, because a run is bounded' }) remaining: number;
  @Int() duration_ms: number;
}
export class CronSkippedOut {
  @OneOf(['running'], { description: 'it runs already, here or on another instance' }) skipped: string;
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
