import { Problem } from '#contracts/errors.js';
import { customHeaders } from './custom-headers.js';

function refusal(headers: Record<string, string>): [string, string | undefined] {
  try {
    customHeaders(headers);
  } catch (error) {
    if (error instanceof Problem) return [error.code, error.errors[0]?.code];
    throw error;
  }
  return ['accepted', undefined];
}

describe('customHeaders', () => {
  it.each([
    'webhook-id', 'Webhook-Signature', 'webhook-anything', 'X-Webhook-Signature', 'x-webhook-event', 'Host', 'connection', 'Keep-Alive',
    'Transfer-Encoding', 'content-type', 'Content-Length', 'content-encoding', 'TE', 'Trailer', 'upgrade', 'Expect', 'Proxy-Authorization',
    'Cookie', 'traceparent', 'User-Agent',
  ])('[004-28] refuses %s', (name) => {
    expect(refusal({ 'x-good': '1', [name]: 'x' })).toEqual(['header_not_allowed', 'reserved']);
  }); // prettier-ignore

  it.each([
    ['a line break', 'x-a', 'b\r\nhost: evil', 'bad_value'],
    ['a bare LF', 'x-a', 'b\nc', 'bad_value'],
    ['NUL', 'x-a', 'b\0', 'bad_value'],
    ['what is not ASCII', 'x-a', 'é', 'bad_value'],
    ['a name with a space', 'x a', 'b', 'bad_name'],
    ['a name with a colon', 'x-a:', 'b', 'bad_name'],
    ['a name with a line break', 'x-a\r\nhost', 'b', 'bad_name'],
    ['an empty name', '', 'b', 'bad_name'],
  ])('[004-28] refuses %s', (_, name, value, code) => {
    expect(refusal({ [name]: value })).toEqual(['header_not_allowed', code]);
  });

  it('refuses a name in two cases, more than 20 and more than 4 KiB', () => {
    expect(refusal({ 'X-A': '1', 'x-a': '2' })).toEqual(['header_not_allowed', 'repeated']);
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'v']));
    expect(refusal(many(20))[0]).toBe('accepted');
    expect(refusal(many(21))).toEqual(['validation_failed', 'too_many']);
    expect(refusal({ 'x-a': 'v'.repeat(4_093) })[0]).toBe('accepted');
    expect(refusal({ 'x-a': 'v'.repeat(4_094) })).toEqual(['validation_failed', 'too_long']);
  });

  it('gives the others in lower case, and says where a refused one stands', () => {
    expect(customHeaders({ Authorization: 'Bearer x', 'X-Tenant': '' })).toEqual({ authorization: 'Bearer x', 'x-tenant': '' });
    expect(() => customHeaders({ 'a/b~': '1' })).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ field: '/headers/a~1b~0' })] }),
    );
  });
});
