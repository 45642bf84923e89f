import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { bootstrapDatabase, migrateDatabase } from '../../apps/api/src/boot/database.js';
import { deriveUrls, withDatabase } from '../../libs/platform/db/role-urls.js';
import { CertificateAuthority, type Credentials } from '../support/certificates.js';
import { eventually } from '../support/eventually.js';
import { redisTlsMissing, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { startThrowawayServer, type ThrowawayServer } from '../support/throwaway-server.js';
import { world } from '../support/world.js';
import { buildProgram } from './fixtures/worker-process.js';

/**
 * TLS to the database and to Redis, under an authority of one's own: `sslmode=verify-full` with `sslrootcert` in the URL, or
 * NODE_EXTRA_CA_CERTS for both. Every connection of the product is looked at on the server's side.
 */
jest.setTimeout(120_000);

const CLIENT = path.join(__dirname, 'fixtures/tls-client.mjs');
const run = promisify(execFile);
const ca = new CertificateAuthority();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-tls-'));
const files = { ca: path.join(folder, 'ca.pem'), stranger: path.join(folder, 'stranger.pem') };

const UNTRUSTED = /unable to (verify|get)|self-signed/;
const refused = { pool: expect.stringMatching(UNTRUSTED), listener: expect.stringMatching(UNTRUSTED) };

let server: ThrowawayServer;
let superuser: pg.Client;

beforeAll(async () => {
  fs.writeFileSync(files.ca, ca.cert);
  fs.writeFileSync(files.stranger, new CertificateAuthority().cert);
  buildProgram();
  server = await startThrowawayServer();
  superuser = new pg.Client({ connectionString: server.superUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Another certificate for the server that runs; connections that are open stay as they are. */
async function present({ cert, key }: Credentials): Promise<void> {
  const { rows } = await superuser.query<{ data_directory: string }>('show data_directory');
  const data = rows[0]?.data_directory ?? '';
  const { uid, gid } = fs.statSync(data);
  for (const [name, text] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
    const file = path.join(data, name);
    fs.writeFileSync(file, text);
    fs.chmodSync(file, 0o600);
    fs.chownSync(file, uid, gid);
  }
  await superuser.query('alter system set ssl = on');
  await superuser.query('select pg_reload_conf()');
  const fingerprint = cert.replace(/\s/g, '');
  await eventually(async () => expect(await presented()).toBe(fingerprint));
}
async function presented(): Promise<string | null> {
  const client = new pg.Client({ connectionString: server.superUrl, ssl: { rejectUnauthorized: false } });
  try {
    await client.connect();
    const { stream } = (client as unknown as { connection: { stream: { getPeerX509Certificate(): { toString(): string } } } }).connection;
    return stream.getPeerX509Certificate().toString().replace(/\s/g, '');
  } catch {
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const withTls = (url: string, root?: string): string => {
  const there = new URL(url);
  there.searchParams.set('sslmode', 'verify-full');
  if (root) there.searchParams.set('sslrootcert', root);
  return there.toString();
};

/** What each kind of connection says, made in a process that trusts this authority besides the usual ones. */
async function connecting(urls: { postgres?: string; redis?: string }, extra?: string): Promise<Record<string, string>> {
  const env = { PATH: process.env['PATH'], ...(extra ? { NODE_EXTRA_CA_CERTS: extra } : {}) };
  const { stdout } = await run(process.execPath, [CLIENT, JSON.stringify(urls)], { env, timeout: 60_000 });
  return JSON.parse(stdout) as Record<string, string>;
}

describe('PostgreSQL', () => {
  const good = () => ca.issue({ names: ['127.0.0.1'] });

  it('[002-28] a server without TLS is refused where it was asked for: nothing goes out in plain text', async () => {
    const url = withTls(server.superUrl, files.ca);
    expect(await connecting({ postgres: url })).toEqual({
      pool: 'The server does not support SSL connections',
      listener: 'The server does not support SSL connections',
    });
    await expect(bootstrapDatabase(withDatabase(url, 'never'), () => undefined)).rejects.toThrow('does not support SSL');
  });

  it('[002-28] the product works with every connection under TLS, by an authority that the URL names', async () => {
    await present(good());
    const superUrl = withTls(withDatabase(server.superUrl, 'tls'), files.ca);
    const { ownerUrl, appUrl, platformUrl } = deriveUrls(superUrl);
    await bootstrapDatabase(superUrl, () => undefined);
    await migrateDatabase(ownerUrl, platformUrl, () => undefined);
    const w = await world({ database: { name: 'tls', superUrl, ownerUrl, appUrl, platformUrl }, work: true });
    const owner = await (await w.tenant()).user();
    await owner.post('/products', { name: 'Tea', sku: 'TEA', price_minor: 100 }).expect(201);
    const { rows } = await superuser.query<{ usename: string; application_name: string; ssl: boolean }>(
      `select usename, application_name, ssl from pg_stat_activity join pg_stat_ssl using (pid) where datname = 'tls'`,
    );
    expect(rows.filter(({ ssl }) => !ssl)).toEqual([]);
    const kinds = new Set(rows.map(({ usename, application_name }) => `${usename} ${application_name}`));
    for (const kind of [/^tenantry_app /, /^tenantry_platform .*listen/, /^tenantry_platform .*queue/]) {
      expect([...kinds].filter((one) => kind.test(one))).not.toEqual([]);
    }
    await w.close();
  });

  it('[002-28] an authority that Node is given by its variable counts as well', async () => {
    await present(good());
    const postgres = withTls(server.superUrl);
    expect(await connecting({ postgres }, files.ca)).toEqual({ pool: 'connected', listener: 'connected' });
    expect(await connecting({ postgres }, files.stranger)).toEqual(refused);
    expect(await connecting({ postgres })).toEqual(refused);
  });

  it('[002-28] a server of another authority, or of another name, is refused', async () => {
    await present(good());
    const postgres = withTls(server.superUrl, files.stranger);
    expect(await connecting({ postgres })).toEqual(refused);
    await expect(bootstrapDatabase(withDatabase(postgres, 'never'), () => undefined)).rejects.toThrow(UNTRUSTED);
    await present(ca.issue({ names: ['db.example'] }));
    const other = { pool: expect.stringContaining('altnames'), listener: expect.stringContaining('altnames') };
    expect(await connecting({ postgres: withTls(server.superUrl, files.ca) })).toEqual(other);
  });
});

const describeRedis = redisTlsMissing() === null ? describe : describe.skip;
describeRedis('Redis', () => {
  let redis: RedisServer;
  const serve = async (names: readonly string[]): Promise<RedisServer> => {
    await redis?.stop();
    redis = await startRedisServer({ tls: ca.issue({ names }) });
    return redis;
  };
  afterAll(() => redis?.stop());
  /** Connections that were ever accepted over TLS and said something. */
  const keys = () => redis.command('KEYS *');

  it('[002-28] is reached over TLS by an authority that Node is given, and by no other way', async () => {
    const { tlsUrl } = await serve(['127.0.0.1']);
    for (const stranger of [undefined, files.stranger]) {
      const said = await connecting({ redis: tlsUrl }, stranger);
      expect(said['leases']).not.toBe('connected');
      expect(said['queue']).toMatch(UNTRUSTED);
    }
    // Plain text against its port is no way either, nor TLS against a port of plain text.
    expect(await connecting({ redis: tlsUrl.replace('rediss:', 'redis:') }, files.ca)).not.toMatchObject({ leases: 'connected' });
    expect(await connecting({ redis: redis.url.replace('redis:', 'rediss:') }, files.ca)).not.toMatchObject({ leases: 'connected' });
    expect(await keys()).toBe('*0\r\n');
    expect(await connecting({ redis: tlsUrl }, files.ca)).toEqual({ leases: 'connected', queue: 'connected' });
    expect(await keys()).toContain('limit-processes');
  });

  it('[002-28] of another name is refused', async () => {
    const { tlsUrl } = await serve(['redis.example']);
    const said = await connecting({ redis: tlsUrl }, files.ca);
    expect(said['leases']).not.toBe('connected');
    expect(said['queue']).toContain('altnames');
    expect(await keys()).toBe('*0\r\n');
  });
});
