export type VerificationErrorCode = 'body_not_raw' | 'missing_header' | 'bad_timestamp' | 'too_old' | 'too_new' | 'no_match';

const SENTENCES: Record<VerificationErrorCode, string> = {
  body_not_raw:
    'The body is not raw: give the text or the bytes as they arrived, before any JSON parser. Express: express.raw({ type: "application/json" }); Fastify: a buffer content-type parser; Nest: { rawBody: true }; Next: await request.text().',
  missing_header: 'One of the headers webhook-id, webhook-timestamp and webhook-signature is missing.',
  bad_timestamp: 'webhook-timestamp is no time in whole seconds.',
  too_old: 'The message is too old: it may be a replay, or the clock of this machine is fast.',
  too_new: 'The message comes from the future: the clock of this machine is slow.',
  no_match: 'No signature matches: another secret, or the body was changed on its way (parsed and written again, for one).',
};

/** Why a message must not be trusted. Answer it with 400 or 401 and do nothing else. */
export class WebhookVerificationError extends Error {
  constructor(readonly code: VerificationErrorCode) {
    super(SENTENCES[code]);
    this.name = 'WebhookVerificationError';
  }
}
