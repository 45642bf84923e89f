import type { SendOutcome } from '../sending/index.js';
import type { ClaimedDelivery } from './claim.repository.js';

/** What a send means for its delivery; `note`: for nothing, it is only logged. */
export type Verdict = 'success' | 'retry' | 'final' | 'note';

/** One send, as the statement that completes deliveries takes it. Times in ms. */
export interface SendResult {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly delivery_id: string;
  /** The start that this is the result of. */
  readonly n: number;
  readonly verdict: Verdict;
  /** Before the next send, where there is one. */
  readonly delay_ms: number;
  readonly trigger: string;
  readonly attempt_id: string;
  readonly started_at: string;
  readonly dns_ms: number | null;
  readonly connect_ms: number | null;
  readonly tls_ms: number | null;
  readonly ttfb_ms: number | null;
  readonly total_ms: number;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly remote_ip: string | null;
  readonly response_headers: Readonly<Record<string, string>> | null;
  readonly response_body: string | null;
  readonly response_encoding: 'utf8' | 'base64' | null;
  readonly response_truncated: boolean;
}

export interface ResultTerms {
  readonly attempt_id: string;
  readonly started_at: Date;
  readonly delay_ms: number;
  /** Instead of what the outcome says. */
  readonly verdict?: Verdict;
  readonly error_code?: string;
}

const VERDICTS = { success: 'success', retry: 'retry', final: 'final', gone: 'final', rotate: 'final' } as const;

/** Pure: the outcome of a send as a row. */
export function sendResult(claimed: ClaimedDelivery, outcome: SendOutcome, terms: ResultTerms): SendResult {
  const { response_body: body } = outcome;
  return {
    tenant_id: claimed.tenant_id,
    webhook_id: claimed.webhook_id,
    delivery_id: claimed.delivery_id,
    n: claimed.attempts,
    verdict: terms.verdict ?? VERDICTS[outcome.kind],
    delay_ms: terms.delay_ms,
    trigger: claimed.trigger,
    attempt_id: terms.attempt_id,
    started_at: terms.started_at.toISOString(),
    dns_ms: whole(outcome.dns_ms),
    connect_ms: whole(outcome.connect_ms),
    tls_ms: whole(outcome.tls_ms),
    ttfb_ms: whole(outcome.ttfb_ms),
    total_ms: Math.round(outcome.total_ms),
    http_status: outcome.http_status,
    error_code: terms.error_code ?? outcome.error_code,
    error_message: outcome.error_message,
    remote_ip: outcome.remote_ip,
    response_headers: outcome.response_headers,
    response_body: body?.text ?? null,
    response_encoding: body?.encoding ?? null,
    response_truncated: body?.truncated ?? false,
  };
}

/** The result without what the receiver has said: PostgreSQL would not take that. */
export const withoutAnswer = (result: SendResult): SendResult => ({
  ...result,
  response_headers: null,
  response_body: null,
  response_encoding: null,
});

const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
