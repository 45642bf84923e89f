/**
 * Branded ids: a store id is not a user id, though both are UUIDv7 text. The brand exists for the compiler only; on the wire and in
 * the database an id is a plain string. Text becomes an id in one place, `idOf` (or when a typed row leaves a repository).
 */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Id<'tenant'>;
export type UserId = Id<'user'>;
export type StoreId = Id<'store'>;
export type RoleId = Id<'role'>;
export type RoleAssignmentId = Id<'role_assignment'>;
export type InvitationId = Id<'invitation'>;
export type SessionId = Id<'session'>;
export type ApiKeyId = Id<'api_key'>;
export type PlatformUserId = Id<'platform_user'>;
export type PlatformSessionId = Id<'platform_session'>;
export type ImpersonationId = Id<'impersonation'>;
export type JobId = Id<'job'>;
export type EventId = Id<'event'>;
export type FileId = Id<'file'>;
export type WebhookId = Id<'webhook'>;
export type DeliveryId = Id<'delivery'>;

export type AnyId = Id<string>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Is the text a UUID in the usual form (any version, either case)? */
export const isUuid = (text: unknown): text is string => typeof text === 'string' && UUID.test(text);

/** `idOf<StoreId>(text)`: the text as an id, in lower case as PostgreSQL writes it. Throws a TypeError if it is no UUID. */
export function idOf<I extends AnyId>(text: string): I {
  if (!isUuid(text)) throw new TypeError('not a UUID');
  return text.toLowerCase() as I;
}
