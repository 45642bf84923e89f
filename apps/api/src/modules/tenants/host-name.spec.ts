import { hostName, isWithin } from './host-name.js';

it.each([
  ['Shop.Example.COM', 'shop.example.com'],
  ['shop.example.com.', 'shop.example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['a-b.example.co.uk', 'a-b.example.co.uk'],
  ['localhost', null],
  ['', null],
  ['.', null],
  ['example..com', null],
  ['-a.example', null],
  ['a-.example', null],
  ['shop.example.com:8080', null],
  ['https://shop.example.com', null],
  ['shop.example.com/path', null],
  ['user@shop.example.com', null],
  ['_dmarc.example.com', null],
  ['*.example.com', null],
  ['10.0.0.1', null],
  ['1.2.3', null],
  ['[::1]', null],
  ['a b.example', null],
  ['%00.example', null],
  [`${'a'.repeat(64)}.example`, null],
  [`${'a.'.repeat(130)}example`, null],
  ['0190b3c4-0000-7000-8000-000000000000', null],
])('%j is %j', (text, host) => expect(hostName(text)).toBe(host));

it('isWithin takes the domain itself and what is below it, not what only ends like it', () => {
  expect(['tenantry.test', 'a.tenantry.test', 'atenantry.test', 'test'].map((host) => isWithin(host, 'tenantry.test'))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
