import type { SendErrorCode } from './types.js';

type Failure = Exclude<SendErrorCode, 'redirect_refused' | 'body_reset' | 'destination_not_allowed'>;

/** A send that ended without a status, and why. */
export class SendError extends Error {
  constructor(
    readonly code: Failure,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** What a tenant reads. Nothing about addresses, names or our network. */
export const SEND_ERROR_SENTENCES: Record<SendErrorCode, string> = {
  timeout: 'No answer came in time.',
  dns_failed: 'The name of the host could not be resolved.',
  connect_failed: 'The connection was refused or could not be made.',
  reset: 'The connection was closed before an answer came.',
  tls_failed: 'The secure connection failed: check the certificate.',
  protocol_error: 'The answer was not valid HTTP.',
  redirect_refused: 'The answer was a redirect, which is not followed: enter the final address.',
  body_reset: 'The connection was closed inside the body of the answer.',
  destination_not_allowed: 'Webhooks cannot be sent to this address.',
};

const RESET: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT']);

/** Whether an error of the HTTP client says that an open connection has ended. */
export function isReset(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  // The client has one code for a closed socket and for what it closes one: `bad upgrade`, or `bad response`, a 100 that nobody asked for.
  return RESET.has(code) || (code === 'UND_ERR_SOCKET' && !message.startsWith('bad '));
}

/** The failure behind an error of the HTTP client, before a status was known. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SendError) return error.code;
  return isReset(error) ? 'reset' : 'protocol_error';
}
