/**
 * Every refusal the product can give: one stable code, one HTTP status, one log level, one English sentence.
 * The SPA's table of texts is `Record<ErrorCode, string>`, so a code without a text does not compile there.
 *
 * level: `debug` for what clients cause daily, `warn` for denials worth a look, `error` for faults of ours.
 */
export type ErrorLevel = 'debug' | 'warn' | 'error';
export interface ErrorEntry {
  readonly status: number;
  readonly level: ErrorLevel;
  readonly sentence: string;
}

const debug = (status: number, sentence: string): ErrorEntry => ({ status, level: 'debug', sentence });
const warn = (status: number, sentence: string): ErrorEntry => ({ status, level: 'warn', sentence });
const error = (status: number, sentence: string): ErrorEntry => ({ status, level: 'error', sentence });

export const ERRORS = {
  // 400: malformed or invalid
  validation_failed: debug(400, 'Some values are not valid.'),
  malformed_json: debug(400, 'The body is not valid JSON.'),
  cursor_invalid: debug(400, 'The cursor does not belong to this list.'),
  idempotency_key_invalid: debug(400, 'The Idempotency-Key must be 16 to 128 letters, digits, "-" or "_".'),
  tenant_hint_invalid: debug(400, 'X-Tenant-Id must be one tenant id or slug.'),
  tenant_required: debug(400, 'Choose a tenant first.'),
  unknown_permission: debug(400, 'A permission in the request does not exist.'),
  unknown_role: debug(400, 'The role does not exist here.'),
  unknown_module: debug(400, 'A module or feature in the request does not exist.'),
  unknown_setting: debug(400, 'A setting in the request does not exist.'),
  unknown_plan: debug(400, 'The plan does not exist.'),
  unknown_event: debug(400, 'An event in the request does not exist.'),
  unknown_template: debug(400, 'The template does not exist.'),
  base_plan_required: debug(400, 'A subscription needs one base plan.'),
  slug_invalid: debug(400, 'A subdomain has 1 to 63 lower-case letters, digits and single dashes.'),
  slug_reserved: debug(400, 'This subdomain is reserved.'),
  destination_not_allowed: warn(400, 'Webhooks cannot be sent to this address.'),
  header_not_allowed: debug(400, 'A header in the request is reserved.'),
  reason_required: debug(400, 'Give a reason of at least 10 characters.'),

  // 401
  unauthenticated: debug(401, 'Sign in first.'),
  token_expired: debug(401, 'The access token has expired.'),
  invalid_credentials: debug(401, 'The credentials are not right.'),
  session_revoked: debug(401, 'This session has ended.'),
  refresh_invalid: debug(401, 'The refresh token is not valid.'),
  sign_in_required: debug(401, 'An account with this address exists: sign in first.'),
  wrong_realm: warn(401, 'This token does not open this part of the product.'),
  mfa_code_invalid: debug(401, 'The code is not right.'),
  mfa_challenge_invalid: debug(401, 'The sign-in has to start again.'),

  // 403
  permission_denied: warn(403, 'You do not hold the permission this needs.'),
  https_required: warn(403, 'Use https.'),
  tenant_mismatch: warn(403, 'The address and the credential name different tenants.'),
  tenant_suspended: debug(403, 'This tenant is suspended.'),
  tenant_archived: debug(403, 'This tenant is archived.'),
  tenant_read_only: debug(403, 'This tenant is read-only at the moment.'),
  membership_suspended: debug(403, 'Your membership is suspended.'),
  no_membership: debug(403, 'This account belongs to no tenant.'),
  module_disabled: debug(403, 'The module is switched off.'),
  not_in_plan: debug(403, 'The plan does not include this.'),
  entitlement_inactive: debug(403, 'The subscription does not allow changes at the moment.'),
  grant_exceeds_own: warn(403, 'You can only give what you hold yourself.'),
  target_exceeds_own: warn(403, 'This person holds rights that you do not hold.'),
  event_not_permitted: warn(403, 'You may not read an event that is asked for.'),
  password_change_required: debug(403, 'Change the password first.'),
  origin_refused: warn(403, 'Requests from this origin are not accepted.'),
  ip_refused: warn(403, 'This address may not use the key.'),
  platform_host_required: warn(403, 'This is only available on a platform host.'),
  tenant_host_required: debug(403, 'This is only available on a tenant host.'),
  mfa_required: debug(403, 'A second factor is required.'),

  // 404, 405, 406
  not_found: debug(404, 'Not found.'),
  method_not_allowed: debug(405, 'The address does not support this method.'),
  not_acceptable: debug(406, 'No representation of that type exists.'),

  // 409: the state does not allow it
  idempotency_conflict: debug(409, 'The Idempotency-Key was used for another request.'),
  limit_reached: debug(409, 'A limit of the plan is reached.'),
  invalid_state: debug(409, 'The state does not allow this.'),
  invalid_transition: debug(409, 'The state does not allow this change.'),
  authz_changed: debug(409, 'Rights changed while the request ran: repeat it.'),
  same_person: debug(409, 'Another member of the staff has to agree.'),
  last_admin: debug(409, 'At least one administrator must stay.'),
  last_superuser: debug(409, 'At least one superuser must stay.'),
  already_member: debug(409, 'This person is a member already.'),
  already_assigned: debug(409, 'This member holds the role already.'),
  member_suspended: debug(409, 'The member is suspended.'),
  role_is_system: debug(409, 'A system role cannot be changed. Copy it.'),
  role_in_use: debug(409, 'The role is in use.'),
  role_name_taken: debug(409, 'A role of that name exists.'),
  invitation_not_pending: debug(409, 'The invitation is no longer open.'),
  resend_limit: debug(409, 'The invitation was sent five times already.'),
  other_account: debug(409, 'You are signed in as someone else.'),
  module_is_core: debug(409, 'A core module cannot be switched.'),
  module_in_use: debug(409, 'Other modules need this one.'),
  dependency_off: debug(409, 'The module needs another one that is off.'),
  template_in_use: debug(409, 'The template is in use.'),
  store_code_taken: debug(409, 'A store with that code exists.'),
  store_is_default: debug(409, 'The default store cannot be switched off.'),
  store_in_use: debug(409, 'The store is in use.'),
  store_inactive: debug(409, 'The store is not active.'),
  slug_taken: debug(409, 'This subdomain is taken.'),
  host_taken: debug(409, 'This host belongs to another tenant.'),
  host_not_verified: debug(409, 'The host is not verified yet.'),
  subscription_exists: debug(409, 'A live subscription exists.'),
  plan_in_use: debug(409, 'The plan is in use.'),
  job_running: debug(409, 'Another job for this tenant is running.'),
  job_not_retryable: debug(409, 'The job cannot be retried now.'),
  job_not_cancellable: debug(409, 'The job cannot be cancelled.'),
  job_finished: debug(409, 'The job has ended.'),
  api_key_revoked: debug(409, 'The key is revoked.'),
  mfa_already_enabled: debug(409, 'The second factor is set up already.'),
  mfa_not_started: debug(409, 'Start the set-up of the second factor first.'),
  mfa_not_enabled: debug(409, 'No second factor is set up.'),
  mfa_required_by_tenant: debug(409, 'A tenant of yours requires the second factor.'),
  email_taken: debug(409, 'The address belongs to another account.'),
  sku_taken: debug(409, 'An item with that SKU exists.'),
  barcode_taken: debug(409, 'An item with that barcode exists.'),
  name_taken: debug(409, 'The name is taken.'),
  webhook_not_active: debug(409, 'The webhook is not active.'),
  webhook_already_active: debug(409, 'The webhook is active already.'),
  rotation_open: debug(409, 'The last change of the secret is not finished.'),
  no_rotation: debug(409, 'No change of the secret is open.'),
  delivery_in_progress: debug(409, 'The delivery is waiting or being sent.'),
  delivery_finished: debug(409, 'The delivery has ended.'),
  event_expired: debug(409, 'The event is no longer kept.'),

  // 410
  invitation_used: debug(410, 'The invitation was used.'),
  invitation_revoked: debug(410, 'The invitation was revoked.'),
  invitation_expired: debug(410, 'The invitation has expired.'),
  reset_used: debug(410, 'The link was used.'),
  reset_expired: debug(410, 'The link has expired.'),
  email_link_used: debug(410, 'The link was used.'),
  email_link_expired: debug(410, 'The link has expired.'),

  // 412 … 429
  precondition_failed: debug(412, 'Someone changed this in the meantime.'),
  body_too_large: debug(413, 'The body is too large.'),
  uri_too_long: debug(414, 'The address is too long.'),
  unsupported_media_type: debug(415, 'Send application/json.'),
  password_refused: debug(422, 'The password does not meet the rules.'),
  contrast_too_low: debug(422, 'The colour is too close to white.'),
  precondition_required: debug(428, 'Send If-Match with the version you read.'),
  rate_limited: debug(429, 'Too many requests.'),
  too_many_attempts: warn(429, 'Too many attempts. Wait a little.'),
  header_too_large: debug(431, 'The headers are too large.'),

  // 5xx
  internal: error(500, 'Something broke on our side.'),
  decryption_failed: error(500, 'Something broke on our side.'),
  tenant_not_ready: debug(503, 'The tenant is being set up.'),
  platform_hosts_unset: error(503, 'PLATFORM_HOSTS is not set.'),
  busy: warn(503, 'The service is busy: try again in a moment.'),
  timeout: warn(503, 'The request took too long.'),
  database_unavailable: error(503, 'The database cannot be reached.'),
  storage_unavailable: error(503, 'The file storage cannot be reached.'),
  maintenance: debug(503, 'The product is in maintenance.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** One refused value. `field` is a JSON pointer into the body, or `/query/<name>`, `/path/<name>`, `/header/<name>`. */
export interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/**
 * A refusal. Services throw it, the error filter turns it into problem+json.
 * `extras` are the fields a code adds to its answer (`limit`, `missing`, `retry_after` in seconds …); never a value that came in.
 */
export class Problem extends Error {
  readonly status: number;
  readonly level: ErrorLevel;
  constructor(
    readonly code: ErrorCode,
    readonly extras: Readonly<Record<string, unknown>> = {},
    readonly errors: readonly FieldError[] = [],
    options?: ErrorOptions,
  ) {
    super(`${code}: ${ERRORS[code].sentence}`, options);
    this.name = 'Problem';
    this.status = ERRORS[code].status;
    this.level = ERRORS[code].level;
  }
}

/** `throw fail('role_in_use', { members: 3 })`. A `cause` stays for the log and never reaches the client. */
export function fail(code: ErrorCode, extras: Readonly<Record<string, unknown>> = {}, cause?: unknown): Problem {
  return new Problem(code, extras, [], cause === undefined ? undefined : { cause });
}

/** `throw invalid([{ field: '/name', code: 'too_long', message: '…' }])`: 400 unless another code says otherwise. */
export function invalid(errors: readonly FieldError[], code: ErrorCode = 'validation_failed'): Problem {
  return new Problem(code, {}, errors);
}
