import type { Problem } from '#contracts/errors.js';
import { customHeaders } from './custom-headers.js';

function refusalOf(headers: Readonly<Record<string, string>>): { code: string; fields: string[] } | null {
  try {
    customHeaders(headers);
    return null;
  } catch (error) {
    const { code, errors } = error as Problem;
    return { code, fields: errors.map(({ field }) => field) };
  }
}

describe('customHeaders', () => {
  it.each([
    'webhook-id', 'Webhook-Signature', 'webhook-anything', 'X-Webhook-Signature', 'x-webhook-event', 'Host', 'CONNECTION', 'Keep-Alive', 'Transfer-Encoding',
    'Content-Type', 'content-length', 'content-encoding', 'TE', 'Trailer', 'Upgrade', 'Expect', 'Proxy-Authorization', 'proxy-connection', 'Cookie',
    'traceparent', 'tracestate', 'User-Agent', ' host ', 'host\t',
  ])('[004-28] refuses %j', (name) => {
    expect(refusalOf({ 'x-mine': 'a', [name]: 'b' })).toEqual({ code: 'header_not_allowed', fields: [`/headers/${name}`] });
  }); // prettier-ignore

  it.each(['', ' ', 'a b', 'a:b', 'x\r\ny', 'x\n', 'x\0', 'größe', 'a"b', '(a)'])('[004-28] %j is no header name', (name) => {
    expect(refusalOf({ [name]: 'b' })?.code).toBe('validation_failed');
  });
  it.each(['a\r\nhost: b', 'a\nb', 'a\rb', 'a\0b', 'größe', '✓', '\x7f'])('[004-28] %j is no header value', (value) => {
    expect(refusalOf({ 'x-mine': value })).toEqual({ code: 'validation_failed', fields: ['/headers/x-mine'] });
  });

  it('takes 20 headers of 4 KiB in all and no more', () => {
    const many = (n: number): Record<string, string> => Object.fromEntries(Array.from({ length: n }, (_, i) => [`x-${i}`, 'v']));
    expect(refusalOf(many(20))).toBeNull();
    expect(refusalOf(many(21))).toEqual({ code: 'validation_failed', fields: ['/headers'] });
    expect(refusalOf({ 'x-a': 'v'.repeat(4_093) })).toBeNull();
    expect(refusalOf({ 'x-a': 'v'.repeat(4_094) })).toEqual({ code: 'validation_failed', fields: ['/headers'] });
  });

  it('refuses one name in two spellings', () => {
    expect(refusalOf({ 'X-Mine': 'a', 'x-mine': 'b' })).toEqual({ code: 'validation_failed', fields: ['/headers/x-mine'] });
  });

  it('keeps the spelling of names and trims values', () => {
    expect(customHeaders({ Authorization: ' Bearer abc ', 'X-Webhooks': '', hostess: 'b' })).toEqual({
      Authorization: 'Bearer abc', 'X-Webhooks': '', hostess: 'b',
    }); // prettier-ignore
  });
});
