import { isPortAllowed, parseWebhookUrl } from './webhook-url.js';

describe('parseWebhookUrl', () => {
  it.each<[string, string, number]>([
    ['https://example.com', 'example.com', 443],
    ['https://EXAMPLE.com./hook?a=b', 'example.com', 443],
    ['https://example.com:8443/', 'example.com', 8_443],
    ['https://bücher.example/', 'xn--bcher-kva.example', 443],
    ['https://[2606:4700:0::1111]/', '2606:4700::1111', 443],
    ['https://example.com/a@b', 'example.com', 443],
    // One address, however it is written.
    ...['127.0.0.1', '2130706433', '0x7f.1', '0x7f000001', '0177.0.0.1', '127.1', '127.0.0.1.', '①②⑦.0.0.1', '127。0。0。1'].map(
      (host): [string, string, number] => [`https://${host}/`, '127.0.0.1', 443],
    ),
    ['https://0/', '0.0.0.0', 443],
    ['https://[::ffff:127.0.0.1]/', '::ffff:7f00:1', 443],
  ])('%s leads to %s port %i', (text, host, port) => expect(parseWebhookUrl(text, false)).toMatchObject({ host, port }));

  it.each([
    ['not_a_url', ['', 'example.com', '/hook', 'https:', 'https://', 'https:///x', 'https:example.com', 'https://exa mple.com', 'https://example.com:99999',
      'https://[::1', 'https://[fe80::1%25eth0]/', ' https://example.com', 'https://example.com\n', 'https://exa\tmple.com', 'https://example.com\\@127.0.0.1/', 'https://./']],
    ['scheme', ['ftp://example.com', 'file://host/etc/passwd', 'http://example.com', 'gopher://example.com', 'ws://example.com']],
    ['userinfo', ['https://user@example.com', 'https://user:pass@example.com', 'https://@example.com', 'https://:@example.com', 'https://example.com@127.0.0.1/', 'https://a%40b@c.example']],
    ['fragment', ['https://example.com/#a', 'https://example.com/#']],
    ['too_long', [`https://example.com/${'a'.repeat(2_029)}`]],
  ] as const)('[004-27] %s', (fault, texts) => {
    expect(texts.map((text) => [text, parseWebhookUrl(text, false)])).toEqual(texts.map((text) => [text, fault]));
  }); // prettier-ignore

  it('takes http only when it is allowed', () => {
    expect(parseWebhookUrl('http://example.com/', true)).toMatchObject({ host: 'example.com', port: 80 });
    expect(parseWebhookUrl('http://example.com/', false)).toBe('scheme');
  });
});

describe('isPortAllowed', () => {
  it.each([80, 443, 1_024, 8_443, 65_535])('%i', (port) => expect(isPortAllowed(port, [5_432])).toBe(true));
  it.each([1, 22, 25, 81, 444, 1_023, 5_432])('[004-27] not %i', (port) => expect(isPortAllowed(port, [5_432])).toBe(false));
});
