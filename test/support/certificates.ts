import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { addressBytes } from './address-bytes.js';

/** What a TLS server needs, as PEM. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}
export interface CertificateTerms {
  /** Host names and addresses it is good for. */
  readonly names: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
}

const DAY_MS = 86_400_000;

/** A certificate authority of one test. Node reads certificates and makes none, and `openssl` is not on every machine. */
export class CertificateAuthority {
  readonly #key = newKey();
  /** Its own certificate, as PEM: what whoever trusts it is given. */
  readonly cert: string;

  constructor(private readonly name = `Test CA ${randomBytes(4).toString('hex')}`) {
    this.cert = certificate({ subject: name, issuer: name, publicKey: this.#key.publicKey, signer: this.#key.privateKey, ca: true });
  }

  issue(terms: CertificateTerms): Credentials {
    const { publicKey, privateKey } = newKey();
    const cert = certificate({ subject: terms.names[0] ?? '', issuer: this.name, publicKey, signer: this.#key.privateKey, ...terms });
    return { cert, key: pem(privateKey) };
  }
}

/** Signed by nobody but itself. */
export function selfSigned(terms: CertificateTerms): Credentials {
  const { publicKey, privateKey } = newKey();
  const name = terms.names[0] ?? '';
  return { cert: certificate({ subject: name, issuer: name, publicKey, signer: privateKey, ...terms }), key: pem(privateKey) };
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

interface Contents extends Partial<CertificateTerms> {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly ca?: boolean;
}

/** RFC 5280 §4.1, in DER. */
function certificate({ subject, issuer, publicKey, signer, names = [], ca = false, ...validity }: Contents): string {
  const { from = new Date(Date.now() - DAY_MS), until = new Date(Date.now() + DAY_MS) } = validity;
  const algorithm = sequence(oid('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const extensions = [
    extension('2.5.29.19', true, sequence(...(ca ? [TRUE] : []))), // basicConstraints
    extension('2.5.29.14', false, der(0x04, keyId(publicKey))), // subjectKeyIdentifier
    extension('2.5.29.35', false, sequence(der(0x80, keyId(createPublicKey(signer))))), // authorityKeyIdentifier
    ca
      ? extension('2.5.29.15', true, der(0x03, Buffer.from([2, 0x04])))
      : extension('2.5.29.17', false, sequence(...names.map(alternativeName))), // keyUsage keyCertSign; subjectAltName
  ];
  const contents = sequence(
    der(0xa0, integer(2)), // version 3
    integer(1, ...randomBytes(15)), // serial number: positive, so it begins with no set bit
    algorithm,
    distinguishedName(issuer),
    sequence(time(from), time(until)),
    distinguishedName(subject),
    spki(publicKey),
    der(0xa3, sequence(...extensions)),
  );
  const whole = sequence(contents, algorithm, der(0x03, Buffer.from([0]), sign('sha256', contents, signer)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const integer = (...bytes: readonly number[]): Buffer => der(0x02, Buffer.from(bytes));

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const base128 = (value: number): number[] => (value < 128 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f]);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

const distinguishedName = (name: string): Buffer => sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name)))));
/** `260131120000Z`: good for the years 1950 to 2049. */
const time = (date: Date): Buffer =>
  der(
    0x17,
    Buffer.from(
      date
        .toISOString()
        .slice(2)
        .replace(/[-:T]|\.\d+/g, ''),
    ),
  );
const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), der(0x04, value));
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spki(key)).digest();
const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const alternativeName = (name: string): Buffer => (isIP(name) === 0 ? der(0x82, Buffer.from(name)) : der(0x87, addressBytes(name)));
