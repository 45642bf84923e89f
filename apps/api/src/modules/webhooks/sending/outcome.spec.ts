import { answeredOutcome, failedOutcome } from './outcome.js';
import { faultOf, SendFault } from './send-fault.js';
import type { SendErrorCode } from './types.js';

const circumstances = { dns_ms: 1, connect_ms: 2, tls_ms: 3, ttfb_ms: 9, total_ms: 10, remote_ip: '93.184.216.34' };
const answer = (status: number, headers = {}, broken = false) =>
  answeredOutcome({ status, headers, body: null, broken }, circumstances, false, 0);

describe('answeredOutcome', () => {
  it('[004-34] honours Retry-After of 429 and 503 alone', () => {
    const asked = [200, 301, 408, 429, 500, 502, 503].map((status) => [status, answer(status, { 'retry-after': '30' }).retry_after_ms]);
    expect(asked).toEqual([[200, null], [301, null], [408, null], [429, 30_000], [500, null], [502, null], [503, 30_000]]); // prettier-ignore
  });

  it('[004-34] says why in words, and nothing on success', () => {
    expect(answer(404)).toMatchObject({ kind: 'final', http_status: 404, error_code: null, error_message: 'The receiver answered 404.' });
    expect(answer(307)).toMatchObject({ kind: 'retry', error_code: 'redirect_refused', error_message: expect.stringMatching(/redirect/) });
    expect(answer(204)).toMatchObject({ kind: 'success', error_code: null, error_message: null });
    expect(answer(200, {}, true)).toMatchObject({ kind: 'success', error_code: 'body_reset', error_message: null });
  });

  it('joins repeated headers and leaves cookies out', () => {
    expect(answer(200, { 'x-a': ['1', '2'], 'set-cookie': ['s=1'], 'content-type': 'text/plain' }).response_headers).toEqual({
      'x-a': '1, 2', 'content-type': 'text/plain',
    }); // prettier-ignore
  });
});

describe('failedOutcome', () => {
  const codes: SendErrorCode[] = ['timeout', 'dns_failed', 'connect_failed', 'reset', 'tls_failed', 'protocol_error'];
  it.each(codes)('[004-34] %s is tried again and keeps its times', (error_code) => {
    expect(failedOutcome(error_code, circumstances)).toMatchObject({ ...circumstances, kind: 'retry', error_code, http_status: null });
  });

  it('[004-27] tells nothing of a refused destination', () => {
    expect(failedOutcome('destination_not_allowed', circumstances)).toEqual({
      kind: 'final', http_status: null, error_code: 'destination_not_allowed', error_message: 'Webhooks cannot be sent to this address.',
      dns_ms: null, connect_ms: null, tls_ms: null, ttfb_ms: null, total_ms: 0, remote_ip: null,
      response_headers: {}, response_body: null, retry_after_ms: null,
    }); // prettier-ignore
  });
});

describe('faultOf', () => {
  const failure = (code: string, message = ''): Error => Object.assign(new Error(message), { code });
  it.each([
    [failure('UND_ERR_SOCKET', 'other side closed'), 'reset'],
    [failure('ECONNRESET'), 'reset'],
    [failure('EPIPE'), 'reset'],
    [failure('UND_ERR_SOCKET', 'bad response'), 'protocol_error'],
    [failure('UND_ERR_SOCKET', 'bad upgrade'), 'protocol_error'],
    [failure('HPE_INVALID_CONSTANT'), 'protocol_error'],
    [failure('UND_ERR_HEADERS_OVERFLOW'), 'protocol_error'],
    [new SendFault('timeout'), 'timeout'],
  ])('%s is %s', (error, code) => expect(faultOf(error).code).toBe(code));
});
