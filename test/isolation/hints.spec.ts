import fc from 'fast-check';
import type { AddressInfo } from 'node:net';
import { hostName } from '../../libs/platform/http/hosts.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { TenantTokens } from '../../apps/api/src/modules/identity/token-realms.js';
import { rawHttp } from '../support/raw-http.js';
import { world, type World } from '../support/world.js';
import { plant, type Ground } from './fixtures/ground.js';
import { essence } from './fixtures/wire.js';

/**
 * Who names which tenant, where and how: credential × host × path × header, in every spelling that a client, a proxy or an attacker may
 * send, byte for byte over a socket. A is the tenant that must not be seen, B the one that asks.
 */
jest.setTimeout(120_000);

const ROOT = 'tenantry.test';
const RUNS = 1_500;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_125);

let w: World;
let port: number;
let a: Ground;
let b: Ground;
let credentials: Readonly<Record<Credential, readonly string[]>>;

const CREDENTIALS = ['owner', 'member', 'api key', 'nothing', 'garbage', 'staff', 'no tenant', 'tenant A'] as const;
type Credential = (typeof CREDENTIALS)[number];
/** Those that are of tenant B. */
const OF_B: readonly Credential[] = ['owner', 'member', 'api key'];

beforeAll(async () => {
  w = await world({
    own_database: `hints_${process.pid}`,
    env: { ROOT_DOMAIN: ROOT, TENANT_SUBDOMAIN_ENABLED: 'true', PLATFORM_HOSTS: 'localhost' },
  });
  await w.app.listen(0, '127.0.0.1');
  port = (w.app.getHttpServer().address() as AddressInfo).port;
  a = await plant(w, 'quokka');
  b = await plant(w, 'tapir');
  const { body } = await b.owner.post('/api-keys', { name: 'tapir reader', scopes: ['inventory:read', 'tenants:read'] }).expect(201);
  const tokens = w.app.get(TenantTokens, { strict: false });
  const claims = { sub: b.owner.user_id, sid: b.owner.session_id };
  const bearer = (token: string): string[] => [`Authorization: Bearer ${token}`];
  credentials = {
    owner: bearer(b.owner.token),
    member: bearer(b.member.token),
    'api key': [`X-Api-Key: ${(body as { api_key: { secret: string } }).api_key.secret}`],
    nothing: [],
    garbage: bearer('garbage'),
    staff: bearer((await w.staff()).token),
    'no tenant': bearer(tokens.sign(claims, 900)),
    'tenant A': bearer(tokens.sign({ ...claims, tid: a.tenant.tenant_id }, 900)),
  };
}, 60_000);

// ---- what is said ------------------------------------------------------------------------------------------------------------------
/** Whose name stands at a place; `other` is A's name in one request and nobody's in its twin. */
type Whose = 'own' | 'other';
interface Named {
  readonly whose: Whose;
  readonly by: 'slug' | 'id';
  readonly spelling: keyof typeof SPELLINGS;
}
type Names = Readonly<Record<Whose, Readonly<Record<'slug' | 'id', string>>>>;

/** How a name is written. Bytes, as latin1 text: `utf8` makes them of what is beyond ASCII. */
const SPELLINGS = {
  plain: (name: string) => name,
  'upper case': (name: string) => name.toUpperCase(),
  'first letter': (name: string) => name.slice(0, 1).toUpperCase() + name.slice(1),
  'space before': (name: string) => ` ${name}`,
  'tab after': (name: string) => `${name}\t`,
  'space within': (name: string) => `${name.slice(0, 3)} ${name.slice(3)}`,
  'no-break space': (name: string) => utf8(`${name}\u00a0`),
  'zero width': (name: string) => utf8(`${name.slice(0, 2)}\u200b${name.slice(2)}`),
  'full width': (name: string) => utf8([...name].map((letter) => (/[a-z0-9]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter)).join('')), // prettier-ignore
  combining: (name: string) => utf8(`${name}\u0301`),
  cyrillic: (name: string) => utf8(name.replace(/[ao]/g, (letter) => (letter === 'a' ? '\u0430' : '\u043e'))),
  'right to left': (name: string) => utf8(`\u202e${name}`),
  'dotless i': (name: string) => utf8(`${name}\u0131`),
  latin1: (name: string) => `${name}\u00e9`,
  'percent encoded': (name: string) => [...name].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join(''),
  'encoded NUL': (name: string) => `${name}%00`,
  'NUL byte': (name: string) => `${name}\u0000`,
  'a list': (name: string) => `${name},${name}`,
  'a list with a blank': (name: string) => `${name}, `,
  'a JSON array': (name: string) => JSON.stringify([name]),
  brackets: (name: string) => `{${name}}`,
  quotes: (name: string) => `"${name}"`,
  'a path': (name: string) => `../${name}`,
  'a statement': (name: string) => `${name}' or '1'='1`,
  'a dot after': (name: string) => `${name}.`,
  'without dashes': (name: string) => name.replaceAll('-', ''),
  'urn:uuid:': (name: string) => `urn:uuid:${name}`,
  nothing: () => '',
} satisfies Readonly<Record<string, (name: string) => string>>;
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const HOSTS = {
  'of nobody': () => 'localhost',
  'not ours': () => 'shop.example.org',
  subdomain: (name: string) => `${name}.${ROOT}`,
  'subdomain with port': (name: string) => `${name}.${ROOT}:8080`,
  'a dot after': (name: string) => `${name}.${ROOT}.`,
  'two labels': (name: string) => `x.${name}.${ROOT}`,
  'two hosts': (name: string) => `localhost,${name}.${ROOT}`,
  'user info': (name: string) => `localhost@${name}.${ROOT}`,
  'a path': (name: string) => `localhost/${name}.${ROOT}`,
  'white space': (name: string) => `  ${name}.${ROOT} `,
  nothing: () => '',
} satisfies Readonly<Record<string, (name: string) => string>>;

const PATHS = {
  '/tenant': () => '/tenant',
  '/me': () => '/me',
  '/inventory': () => '/inventory',
  '/roles': () => '/roles',
  '/tenants/…': (name: string) => `/tenants/${name}`,
  '/tenants/…/users': (name: string) => `/tenants/${name}/users`,
  '/tenants/…/': (name: string) => `/tenants/${name}/`,
  '/tenant?tenant_id=…': (name: string) => `/tenant?tenant_id=${name}`,
  '/tenant?tenant=…&tenant=…': (name: string) => `/tenant?tenant=${name}&tenant=${name}`,
  '/tenant/../tenants/…': (name: string) => `/tenant/../tenants/${name}`,
  '/cockpit/…': (name: string) => `/cockpit/${name}`,
} satisfies Readonly<Record<string, (name: string) => string>>;

const HEADERS = ['X-Tenant-Id', 'x-tenant-id', 'X-TENANT-ID'] as const;
/** Headers that other products read a tenant or a host from: here they are nothing. */
const IGNORED = ['X-Forwarded-Host', 'Forwarded', 'X-Original-Host', 'X-Host', 'X-Tenant', 'X-Tenant-Slug', 'X_Tenant_Id', 'Cookie'] as const; // prettier-ignore

interface Case {
  readonly credential: Credential;
  readonly host: { readonly form: keyof typeof HOSTS; readonly name: Named };
  /** A second `Host`, of that tenant. */
  readonly second_host: Named | null;
  readonly path: { readonly form: keyof typeof PATHS; readonly name: Named };
  readonly hints: readonly { readonly header: (typeof HEADERS)[number]; readonly name: Named }[];
  readonly ignored: readonly { readonly header: (typeof IGNORED)[number]; readonly name: Named }[];
}

const oneOf = <T extends string>(table: Readonly<Record<T, unknown>>): fc.Arbitrary<T> => fc.constantFrom(...(Object.keys(table) as T[]));
/** Often the plain name, so that requests come through and the odd one beside it decides. */
const spelling = fc.oneof({ weight: 3, arbitrary: fc.constant('plain' as const) }, { weight: 1, arbitrary: oneOf(SPELLINGS) });
const named: fc.Arbitrary<Named> = fc.record({
  whose: fc.constantFrom<Whose>('own', 'own', 'other'),
  by: fc.constantFrom<'slug' | 'id'>('slug', 'id'),
  spelling,
});
const hostNamed: fc.Arbitrary<Named> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Named>({ whose: 'own', by: 'slug', spelling: 'plain' }) },
  { weight: 1, arbitrary: named },
);
const hostForm = fc.oneof({ weight: 2, arbitrary: fc.constant('of nobody' as const) }, { weight: 2, arbitrary: fc.constant('subdomain' as const) }, { weight: 2, arbitrary: oneOf(HOSTS) }); // prettier-ignore
const cases: fc.Arbitrary<Case> = fc.record({
  credential: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...OF_B) }, { weight: 1, arbitrary: fc.constantFrom(...CREDENTIALS) }),
  host: fc.record({ form: hostForm, name: hostNamed }),
  second_host: fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: hostNamed }),
  path: fc.record({ form: oneOf(PATHS), name: named }),
  hints: fc.array(fc.record({ header: fc.constantFrom(...HEADERS), name: named }), { maxLength: 2 }),
  ignored: fc.array(fc.record({ header: fc.constantFrom(...IGNORED), name: named }), { maxLength: 2 }),
});

// ---- what is sent ------------------------------------------------------------------------------------------------------------------
const written = (names: Names, { whose, by, spelling: how }: Named): string => SPELLINGS[how](names[whose][by]);
const hostOf = (names: Names, { host }: Case): string => HOSTS[host.form](written(names, host.name));
const pathOf = (names: Names, { path }: Case): string => PATHS[path.form](written(names, path.name));

/** Hosts are public, each says at `/client-config` whose it is: only path and headers have a twin. */
function bytesOf(one: Case, names: Names, hosts: Names): Buffer {
  const lines = [
    `GET /api/v1${pathOf(names, one)} HTTP/1.1`,
    `Host: ${hostOf(hosts, one)}`,
    ...(one.second_host ? [`HOST: ${written(hosts, one.second_host)}.${ROOT}`] : []),
    'Connection: close',
    ...credentials[one.credential],
    ...one.hints.map(({ header, name }) => `${header}: ${written(names, name)}`),
    ...one.ignored.map(({ header, name }) => `${header}: ${header === 'Cookie' ? 'tenant=' : ''}${written(names, name)}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

interface Got {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}
async function send(bytes: Buffer): Promise<Got> {
  const { status, headers, body } = await rawHttp(port, bytes);
  return { status, headers, text: headers['transfer-encoding'] === 'chunked' ? body.replace(/^[0-9a-f]+\r\n|\r\n/g, '') : body };
}

// ---- what has to come back ---------------------------------------------------------------------------------------------------------
/** Agrees with tenant B: its id in any case, its slug as it is; around a header's value white space is none of it. */
const isOwn = (value: string, ground: Ground): boolean => value.toLowerCase() === ground.tenant.tenant_id || value === ground.tenant.slug;

/** True when everything that names a tenant in this request names B, so that an answer of 200 is right. */
function agrees(one: Case, names: Names): boolean {
  if (!OF_B.includes(one.credential)) return false;
  if (one.second_host || one.hints.length > 1) return false;
  if (one.hints.some(({ name }) => !isOwn(written(names, name).replace(/^[ \t]+|[ \t]+$/g, ''), b))) return false;
  const host = hostName(hostOf(names, one).trim());
  const isOfB = host === `${b.tenant.slug}.${ROOT}`;
  if (host.endsWith(`.${ROOT}`) && !isOfB) return false;
  const inPath = /^\/tenants\/([^/]+)/.exec(pathOf(names, one))?.[1];
  return inPath === undefined || isOwn(decoded(inPath).toLowerCase(), b);
}
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // no answer of 200 comes of that
  }
}

function tracesOfA({ text, headers }: Got): string[] {
  const told = `${text}\n${JSON.stringify(headers)}`.toLowerCase();
  return [a.marker, ...Object.values(a.ids).flat()].filter((trace) => told.includes(trace.toLowerCase()));
}

const ALLOWED = [200, 400, 401, 403, 404];

describe('hints at a tenant, in every spelling', () => {
  let seen: Map<string, number>;

  it('[001-20] tell nothing of another tenant, and the same of one that exists as of one that does not', async () => {
    const own = { slug: b.tenant.slug, id: b.tenant.tenant_id };
    const foreign: Names = { own, other: { slug: a.tenant.slug, id: a.tenant.tenant_id } };
    const lines = w.logs.lines.length;
    seen = new Map();
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        // New each time, so that no cache of unknown names answers for them; as long as A's.
        const nobody: Names = { own, other: { slug: `wombat${a.tenant.slug.slice(6, -4)}${newId().slice(-4)}`, id: newId() } };
        const [got, twin] = await Promise.all([send(bytesOf(one, foreign, foreign)), send(bytesOf(one, nobody, foreign))]);
        const code = /"code":"(\w+)"/.exec(got.text)?.[1] ?? `to ${one.credential}`;
        seen.set(`${got.status} ${code}`, (seen.get(`${got.status} ${code}`) ?? 0) + 1);
        const said = `${got.status} ${got.text.slice(0, 300)}`;
        if (!ALLOWED.includes(got.status)) throw new Error(`answers ${said}`);
        if (tracesOfA(got).length) throw new Error(`tells ${tracesOfA(got).join(', ')}: ${said}`);
        if (tracesOfA(twin).length) throw new Error(`tells ${tracesOfA(twin).join(', ')} when nobody is named: ${twin.text.slice(0, 300)}`);
        if (got.status === 200 && !agrees(one, foreign)) throw new Error(`lets in: ${said}`);
        if (got.status === 200 && one.path.form === '/tenant' && (JSON.parse(got.text) as { slug: string }).slug !== b.tenant.slug)
          throw new Error(`is not of tenant B: ${said}`);
        if (essenceOf(got) !== essenceOf(twin)) throw new Error(`${essenceOf(got)} for one that exists, ${essenceOf(twin)} for none`);
      }),
      { numRuns: RUNS, seed: SEED, examples: EXAMPLES.map((example) => [example] as [Case]) },
    );
    expect(w.logs.lines.slice(lines).filter((line) => line.includes(a.marker))).toEqual([]);
  });

  it('was asked in ways that reach each answer of the table', () => {
    const told = [...seen.keys()];
    for (const answer of ['400 tenant_hint_invalid', '401 unauthenticated', '401 wrong_realm', '403 tenant_mismatch', '404 not_found'])
      expect(told).toContain(answer);
    for (const credential of OF_B) expect(seen.get(`200 to ${credential}`)).toBeGreaterThan(10);
    expect(seen.get('403 tenant_mismatch')).toBeGreaterThan(RUNS / 50);
  });
});

const essenceOf = (got: Got): string => essence({ ...got, code: null, headers: {} });

const OWN: Named = { whose: 'own', by: 'slug', spelling: 'plain' };
const OTHER: Named = { whose: 'other', by: 'slug', spelling: 'plain' };
const PLAIN: Case = {
  credential: 'owner',
  host: { form: 'of nobody', name: OWN },
  path: { form: '/tenant', name: OWN },
  second_host: null,
  hints: [],
  ignored: [],
};
/** Asked each time, whatever the seed is. */
const EXAMPLES: readonly Case[] = [
  PLAIN,
  { ...PLAIN, path: { form: '/tenants/…', name: OTHER } },
  { ...PLAIN, hints: [{ header: 'X-Tenant-Id', name: OTHER }] },
  { ...PLAIN, hints: [{ header: 'X-Tenant-Id', name: OWN }, { header: 'x-tenant-id', name: OTHER }] }, // prettier-ignore
  { ...PLAIN, host: { form: 'subdomain', name: OTHER } },
  { ...PLAIN, second_host: OWN },
  { ...PLAIN, ignored: [{ header: 'X-Forwarded-Host', name: OTHER }] },
  { ...PLAIN, credential: 'tenant A' },
];
