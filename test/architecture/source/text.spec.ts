import { filesBelow, read } from './tree.js';

/** Nothing in a committed file may tell a secret, or where somebody's machine or registry is. Built from parts, so that this file passes. */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp, planted: string])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/, `-----BEGIN ${'RSA PRIVATE'} KEY-----`],
  ['an access key of a cloud', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, `AKIA${'ABCDEFGHIJKLMNOP'}`],
  [
    'a token of a forge or a chat',
    /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{10,})/,
    `ghp_${'a'.repeat(36)}`,
  ],
  [
    'an address of a registry',
    /\bregistry\.(?:npmjs|yarnpkg)\b|\b(?:artifactory|verdaccio)\b|\/repository\/npm/i,
    `https://${'registry'}.npmjs.org/x`,
  ],
  ['a path of one machine', /(?:^|[\s"'`(=:])\/(?:home|Users|root|work)\/[a-z]/, `see ${'/ho'}me/ana/x`],
];
const ITSELF = /^test\/architecture\/source\/text\.spec\.ts$/;
const BINARY = /\.(png|ico|jpg|webp|woff2?|gz|br|zip)$/;

it.each(FORBIDDEN)('no file holds %s', (_what, pattern, planted) => {
  expect(pattern.test(planted)).toBe(true);
  const found = filesBelow('')
    .filter((path) => !ITSELF.test(path) && !BINARY.test(path) && path !== '.env')
    .map(read)
    .flatMap(({ path, text }) => text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])));
  expect(found).toEqual([]);
});
