import type { SendErrorCode } from './types.js';

/** Why a send ended without a status. */
export class SendFault extends Error {
  constructor(
    readonly code: SendErrorCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
    this.name = 'SendFault';
  }
}

/** For the tenant: what happened, and nothing of what lies behind an address. */
export const FAULT_SENTENCES: Readonly<Record<SendErrorCode, string>> = {
  timeout: 'The receiver did not answer in time.',
  dns_failed: 'The name of the receiver did not resolve.',
  connect_failed: 'No connection to the receiver.',
  reset: 'The receiver closed the connection without an answer.',
  tls_failed: 'The TLS handshake failed, or the certificate is not valid for this address.',
  protocol_error: 'The answer is not valid HTTP, or its headers are too large.',
  redirect_refused: 'The receiver answered with a redirect, which is never followed.',
  body_reset: 'The receiver closed the connection inside its answer.',
  destination_not_allowed: 'Webhooks cannot be sent to this address.',
};

/** Errors of sockets that were open: the other side went away. */
const GONE = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT']);

/** Names what undici threw. The faults of connecting are named where they happen. */
export function faultOf(error: unknown): SendFault {
  if (error instanceof SendFault) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  // undici answers a status it did not ask for (100, 101) by ending the socket.
  if (GONE.has(code) && !/^bad (response|upgrade)/.test(message)) return new SendFault('reset', { cause: error });
  return new SendFault('protocol_error', { cause: error });
}
