import { answerKind } from './answer.js';
import { retryAfterMs } from './retry-after.js';
import { FAULT_SENTENCES } from './send-fault.js';
import type { ResponseBody, SendErrorCode, SendOutcome, SendTimings } from './types.js';

/** An answer as it was read. */
export interface Answered {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: ResponseBody | null;
  /** The connection broke inside the body. */
  readonly broken: boolean;
}

/** What stands beside every outcome. */
export interface Circumstances extends SendTimings {
  readonly remote_ip: string | null;
}

/** @param rotating see `answerKind` */
export function answeredOutcome(answer: Answered, circumstances: Circumstances, rotating: boolean, now_ms: number): SendOutcome {
  const { status, body } = answer;
  const kind = answerKind(status, rotating);
  const response_headers = textHeaders(answer.headers);
  const error_code = oddityOf(answer);
  const error_message = status >= 300 && status < 400 ? FAULT_SENTENCES.redirect_refused : `The receiver answered ${status}.`;
  return {
    ...circumstances,
    kind,
    http_status: status,
    error_code,
    error_message: kind === 'success' ? null : error_message,
    response_headers,
    response_body: body,
    retry_after_ms: status === 429 || status === 503 ? retryAfterMs(response_headers['retry-after'], now_ms) : null,
  };
}

/** A refused destination is told without times and addresses: they would make a port scanner of us. */
export function failedOutcome(error_code: SendErrorCode, circumstances: Circumstances): SendOutcome {
  const refused = error_code === 'destination_not_allowed';
  return {
    ...(refused ? { dns_ms: null, connect_ms: null, tls_ms: null, ttfb_ms: null, total_ms: 0, remote_ip: null } : circumstances),
    kind: refused ? 'final' : 'retry',
    http_status: null,
    error_code,
    error_message: FAULT_SENTENCES[error_code],
    response_headers: {},
    response_body: null,
    retry_after_ms: null,
  };
}

function oddityOf({ status, broken }: Answered): SendErrorCode | null {
  if (status >= 300 && status < 400) return 'redirect_refused';
  return broken ? 'body_reset' : null;
}

function textHeaders(headers: Answered['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name === 'set-cookie' || value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
