/** One send of one delivery, as the dispatcher asks for it. */
export interface SendRequest {
  readonly url: string;
  /** The stored text of the event: signed and sent as it is. */
  readonly body: string;
  readonly event_type: string;
  /** UUID; `webhook-id` is made of it, so it is the same at every attempt and replay. */
  readonly delivery_id: string;
  /** 1-based, `X-Webhook-Attempt`. */
  readonly attempt: number;
  /** The tenant's own headers, as `customHeaders` has accepted them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secrets: SigningSecrets;
  /** Whole attempt: names, connect, TLS, headers and body. */
  readonly timeout_ms: number;
  readonly traceparent?: string;
}

/** 64 hex characters each. `next` only while a rotation is open. */
export interface SigningSecrets {
  readonly current: string;
  readonly next?: string;
  /** Whose signature `X-Webhook-Signature` holds. `next` for the one more send that follows `rotate`. */
  readonly legacy?: 'current' | 'next';
}

/**
 * What the answer means for the delivery.
 * `success` 2xx · `retry` by the plan · `final` dead letter at once · `gone` 410: dead letter, and the endpoint is disabled ·
 * `rotate` 401 or 403 while a rotation is open: one more send at once with `legacy: 'next'`, `final` if that is refused too.
 */
export type OutcomeKind = 'success' | 'retry' | 'final' | 'gone' | 'rotate';

/** Why a send has no status, or what was odd about one that has. A plain refusal by status has none: the status says it. */
export type SendErrorCode =
  | 'timeout'
  | 'dns_failed'
  | 'connect_failed'
  | 'reset'
  | 'tls_failed'
  | 'protocol_error'
  | 'redirect_refused'
  | 'body_reset'
  | 'destination_not_allowed';

/** Durations in ms, null where the stage was not reached. On a reused connection `dns_ms`, `connect_ms` and `tls_ms` are 0. */
export interface SendTimings {
  readonly dns_ms: number | null;
  readonly connect_ms: number | null;
  /** null for http. */
  readonly tls_ms: number | null;
  /** From the start of the send to the status line. */
  readonly ttfb_ms: number | null;
  readonly total_ms: number;
}

export interface SendOutcome extends SendTimings {
  readonly kind: OutcomeKind;
  readonly http_status: number | null;
  readonly error_code: SendErrorCode | null;
  /** One English sentence a tenant may read; null on success. Nothing about addresses or names. */
  readonly error_message: string | null;
  /** null when the guard refused the destination: a tenant learns nothing about what lies there. */
  readonly remote_ip: string | null;
  /** Lower-case names, repeated ones joined by ", ". `set-cookie` is left out. */
  readonly response_headers: Readonly<Record<string, string>>;
  readonly response_body: ResponseBody | null;
  /** What Retry-After of a 429 or 503 asks for, in ms from the answer, at most 12 h. */
  readonly retry_after_ms: number | null;
}

/** At most 4 KiB of the answer. `base64` when the bytes are not valid UTF-8 or hold a NUL. */
export interface ResponseBody {
  readonly text: string;
  readonly encoding: 'utf8' | 'base64';
  /** More was sent than is kept. */
  readonly truncated: boolean;
}

/** What a refused destination was: for the security log, never for the tenant. */
export interface RefusedDestination {
  readonly host: string;
  readonly port: number;
  /** null when the name or the port alone was enough. */
  readonly address: string | null;
  readonly reason: 'port' | 'own_host' | 'address' | 'address_after_connect';
}

export interface GuardOptions {
  /** In production no loopback, link-local or metadata address may be in `allowed`. */
  readonly production: boolean;
  /** `WEBHOOK_ALLOW_HTTP` */
  readonly allow_http: boolean;
  /** `WEBHOOK_ALLOWED_CIDRS`: `10.1.0.0/16`, `127.0.0.1/32:4010`. */
  readonly allowed: readonly string[];
  /** `WEBHOOK_BLOCKED_PORTS` */
  readonly blocked_ports: readonly number[];
  /** Our own hosts: the platform's and each tenant's. Lower case, without a trailing dot. */
  readonly ownHost: (host: string) => boolean | Promise<boolean>;
  readonly refused?: (destination: RefusedDestination) => void;
}
