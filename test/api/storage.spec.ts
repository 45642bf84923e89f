import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TenantId } from '#contracts/ids.js';
import { newId } from '#platform/crypto/index.js';
import type { ConfirmedScope } from '#platform/db/index.js';
import { makeConfirmedScope } from '#platform/db/scope-factory.js';
import { readConfig, type Config } from '#platform/config/index.js';
import { createStorage, LocalStorage, S3Storage, Storage, tenantPrefixes } from '#platform/storage/index.js';
import { cloneDatabase } from '../support/database.js';
import { StrictS3 } from '../support/strict-s3.js';
import { clientOf } from '../support/test-tenant.js';
import { world } from '../support/world.js';

const scopeOf = (tenant_id: TenantId | null): ConfirmedScope =>
  makeConfirmedScope({ tenant_id, actor: { type: 'system', id: 'spec' }, request_id: newId() });
const unavailable = expect.objectContaining({ code: 'storage_unavailable', status: 503 });

const root = mkdtempSync(join(tmpdir(), 'tenantry-storage-'));
let s3: StrictS3;
beforeAll(async () => {
  s3 = await StrictS3.start();
});
afterAll(async () => {
  await s3.stop();
  rmSync(root, { recursive: true, force: true });
});
afterEach(() => {
  s3.fault = null;
});
const s3Storage = (change: { secret_access_key?: string; bucket?: string; endpoint?: string } = {}): S3Storage =>
  new S3Storage({
    bucket: s3.bucket,
    region: 'eu-central-1',
    endpoint: s3.url,
    access_key_id: s3.access_key_id,
    secret_access_key: s3.secret_access_key,
    ...change,
  });

const drivers: [string, () => Storage][] = [
  ['local', () => new LocalStorage(join(root, newId()))],
  ['s3', () => s3Storage()],
];

describe.each(drivers)('storage on %s', (_name, make) => {
  let storage: Storage;
  let tenant: TenantId;
  let scope: ConfirmedScope;
  const key = (rest: string): string => `t/${tenant}/${rest}`;
  const text = async (at: string): Promise<string | null> => {
    const found = await storage.get(scope, at);
    return found && (await buffer(found.body)).toString();
  };

  beforeEach(() => {
    storage = make();
    tenant = newId() as TenantId;
    scope = scopeOf(tenant);
  });
  afterEach(() => storage.close());

  it('gives back what was put: bytes, size, type and a stable etag', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251));
    const put = await storage.put(scope, key('2026/11/a.bin'), bytes, { type: 'application/pdf' });
    expect(put).toEqual({ size: 70_000, type: 'application/pdf', etag: expect.stringMatching(/^[0-9a-f]{32,64}$/) });
    expect(await storage.head(scope, key('2026/11/a.bin'))).toEqual(put);
    const got = await storage.get(scope, key('2026/11/a.bin'));
    expect(got).toMatchObject(put);
    expect(got && (await buffer(got.body)).equals(bytes)).toBe(true);
  });

  it('takes a stream of exactly the size that was said', async () => {
    const stream = (): Readable => Readable.from([Buffer.from('hello '), Buffer.from('world')]);
    expect(await storage.put(scope, key('s'), stream(), { type: 'text/plain; charset=utf-8', size: 11 })).toMatchObject({ size: 11 });
    expect(await text(key('s'))).toBe('hello world');
    await expect(storage.put(scope, key('long'), stream(), { type: 'text/plain', size: 10 })).rejects.toThrow('announced');
    await expect(storage.put(scope, key('short'), stream(), { type: 'text/plain', size: 12 })).rejects.toThrow('announced');
    expect([await storage.head(scope, key('long')), await storage.head(scope, key('short'))]).toEqual([null, null]);
  });

  it('keeps nothing of a source that breaks, and says what broke', async () => {
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('source gone');
      })(),
    );
    await expect(storage.put(scope, key('half'), source, { type: 'text/plain', size: 8 })).rejects.toThrow('source gone');
    expect(await storage.head(scope, key('half'))).toBeNull();
  });

  it('stores nothing at all as an object too, and replaces', async () => {
    await storage.put(scope, key('x'), Buffer.alloc(0), { type: 'text/plain' });
    expect(await text(key('x'))).toBe('');
    const first = await storage.head(scope, key('x'));
    await storage.put(scope, key('x'), Buffer.from('new'), { type: 'text/html' });
    expect(await storage.head(scope, key('x'))).toMatchObject({ size: 3, type: 'text/html' });
    expect((await storage.head(scope, key('x')))?.etag).not.toBe(first?.etag);
  });

  it('says null for what is not there and deletes twice', async () => {
    expect([await storage.head(scope, key('none')), await storage.get(scope, key('none/deeper'))]).toEqual([null, null]);
    await storage.put(scope, key('d'), Buffer.from('d'), { type: 'text/plain' });
    await storage.delete(scope, key('d'));
    await storage.delete(scope, key('d'));
    expect(await storage.head(scope, key('d'))).toBeNull();
  });

  it('lists by prefix in the order of bytes, page by page, with an object beside a folder of its name', async () => {
    const names = ['a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a0', 'b/1', 'b/2', 'c'];
    for (const name of [...names].reverse()) await storage.put(scope, key(name), Buffer.from(name), { type: 'text/plain' });
    const other = scopeOf(newId() as TenantId);
    await storage.put(other, `t/${other.tenant_id}/a`, Buffer.from('foreign'), { type: 'text/plain' });
    const keys = async (prefix: string, limit?: number): Promise<string[]> => {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await storage.list(scope, key(prefix), { cursor, ...(limit ? { limit } : {}) });
        found.push(...page.objects.map((object) => object.key.slice(key('').length)));
        cursor = page.next_cursor;
      } while (cursor);
      return found;
    };
    const sorted = [...names].sort();
    expect(await keys('')).toEqual(sorted);
    for (const limit of [1, 2, 3, 4, 9]) expect(await keys('', limit)).toEqual(sorted);
    expect(await keys('a/')).toEqual(['a/b', 'a/b/c']);
    expect(await keys('a')).toEqual(['a', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a0']);
    expect(await keys('zz')).toEqual([]);
    const [first] = (await storage.list(scope, key('c'))).objects;
    expect(first).toMatchObject({ key: key('c'), size: 1 });
    expect(Math.abs((first?.modified_at.getTime() ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  it('refuses every key that leaves its tenant or its form', () => {
    const foreign = newId();
    const bad = [
      '', '/', 'a', `t/${foreign}/x`, key(''), key('..'), key('../x'), key('a/../../x'), key('./a'), key('a//b'), key('/a'), key('a/'), key('.hidden'), key('a\0b'), key('a\nb'), key('a b'), key('a\\b'), key('%2e%2e/x'),
      key('A'), key('ä'), key('a~'), `T/${tenant}/x`, `x/${tenant}/x`, `t/${tenant.toUpperCase()}/x`, `../t/${tenant}/x`, `/etc/passwd`, `platform/x`, key('x/'.repeat(9) + 'x'), key('x'.repeat(200)), `t/${tenant}/${'a/'.repeat(300)}`,
    ]; // prettier-ignore
    const missed = bad.filter((at) => {
      try {
        void storage.head(scope, at);
        return true;
      } catch (error) {
        return !/storage key refused/.test(String(error));
      }
    });
    expect(missed).toEqual([]);
    expect(() => storage.list(scope, 't/')).toThrow('refused');
    expect(() => storage.list(scope, `t/${tenant}`)).toThrow('refused');
    expect(() => storage.list(scope, key(''), { cursor: `t/${foreign}/x` })).toThrow('refused');
    expect(() => storage.put(scope, key('a'), Buffer.from(''), { type: 'text/html\r\nx: y' })).toThrow('refused');
  });

  it('lets the platform reach every tenant and its own keys', async () => {
    await storage.put(scope, key('x'), Buffer.from('x'), { type: 'text/plain' });
    const platform = scopeOf(null);
    expect(await storage.head(platform, key('x'))).toMatchObject({ size: 1 });
    await storage.put(platform, `platform/audit/${newId()}.ndjson`, Buffer.from('{}'), { type: 'application/x-ndjson' });
    expect((await storage.list(platform, 'platform/audit/')).objects.length).toBeGreaterThanOrEqual(1);
    for (const prefix of tenantPrefixes(tenant)) expect((await storage.list(platform, prefix)).next_cursor).toBeNull();
  });

  it('answers a probe', async () => {
    await expect(storage.probe()).resolves.toBeUndefined();
  });

  it('writes twenty at once to one key and ends with one of them, whole', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => String(i).repeat(5_000));
    await Promise.all(bodies.map((body) => storage.put(scope, key('race'), Buffer.from(body), { type: 'text/plain' })));
    expect(bodies).toContain(await text(key('race')));
  });
});

describe('local storage', () => {
  const tenant = newId() as TenantId;
  const scope = scopeOf(tenant);

  it('is private, leaves no temporary file and sweeps old ones', async () => {
    const folder = join(root, newId());
    mkdirSync(join(folder, '.tmp'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, '.tmp', 'old'), 'half');
    utimesSync(join(folder, '.tmp', 'old'), new Date(0), new Date(0));
    writeFileSync(join(folder, '.tmp', 'young'), 'half');
    const storage = new LocalStorage(folder);
    await storage.put(scope, `t/${tenant}/a`, Buffer.from('content'), { type: 'text/plain' });
    expect(readdirSync(join(folder, '.tmp'))).toEqual(['young']);
    const file = join(folder, 't', tenant, 'a~');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 't')).mode & 0o777).toBe(0o700);
    expect(readFileSync(file).subarray(512).toString()).toBe('content');
  });

  it('does not follow a link and takes no foreign file for an object', async () => {
    const folder = join(root, newId());
    const storage = new LocalStorage(folder);
    await storage.put(scope, `t/${tenant}/a`, Buffer.from('x'), { type: 'text/plain' });
    symlinkSync('/etc/passwd', join(folder, 't', tenant, 'link~'));
    writeFileSync(join(folder, 't', tenant, 'foreign~'), 'not ours');
    await expect(storage.get(scope, `t/${tenant}/link`)).rejects.toEqual(unavailable);
    await expect(storage.head(scope, `t/${tenant}/foreign`)).rejects.toEqual(unavailable);
  });

  it('says storage_unavailable when the folder cannot be made, and recovers', async () => {
    const file = join(root, newId());
    writeFileSync(file, '');
    const storage = new LocalStorage(join(file, 'files'));
    await expect(storage.put(scope, `t/${tenant}/a`, Buffer.from('x'), { type: 'text/plain' })).rejects.toEqual(unavailable);
    await expect(storage.probe()).rejects.toEqual(unavailable);
    rmSync(file);
    await expect(storage.probe()).resolves.toBeUndefined();
  });
});

describe('S3 storage', () => {
  const tenant = newId() as TenantId;
  const scope = scopeOf(tenant);
  const put = (storage: Storage) => storage.put(scope, `t/${tenant}/a`, Buffer.from('x'), { type: 'text/plain' });

  it('is refused with a wrong secret: the double looks at signatures', async () => {
    await expect(put(s3Storage({ secret_access_key: 'wrong' }))).rejects.toEqual(unavailable);
    await expect(s3Storage({ secret_access_key: 'wrong' }).probe()).rejects.toEqual(unavailable);
  });

  it('says storage_unavailable for another bucket, SlowDown, a cut connection and nobody there; never null', async () => {
    await expect(s3Storage({ bucket: 'other' }).get(scope, `t/${tenant}/a`)).rejects.toEqual(unavailable);
    s3.fault = { status: 503, code: 'SlowDown' };
    await expect(s3Storage().head(scope, `t/${tenant}/a`)).rejects.toEqual(unavailable);
    s3.fault = 'cut';
    await expect(put(s3Storage())).rejects.toEqual(unavailable);
    await expect(s3Storage({ endpoint: 'http://127.0.0.1:1' }).probe()).rejects.toEqual(unavailable);
  });

  it('tries again by itself when S3 stumbles once', async () => {
    s3.fault = { status: 500, code: 'InternalError' };
    const pending = put(s3Storage());
    setTimeout(() => (s3.fault = null), 20);
    await expect(pending).resolves.toMatchObject({ size: 1 });
  });
});

describe('createStorage', () => {
  const config = (change: Partial<Config>): Config =>
    ({
      data_dir: root,
      s3_bucket: '',
      s3_endpoint: '',
      aws_region: '',
      aws_access_key_id: '',
      aws_secret_access_key: '',
      ...change,
    }) as Config;

  it('chooses by S3_BUCKET and reports each call', async () => {
    const seen: string[] = [];
    const storage = createStorage(config({}), (driver, operation, result) => seen.push(`${driver} ${operation} ${result}`));
    expect(storage.driver).toBe('local');
    await storage.probe();
    expect(seen).toEqual(['local probe ok']);
    expect(createStorage(config({ s3_bucket: 'b' })).driver).toBe('s3');
  });

  it('[000-04] takes bucket, region, keys and endpoint from the variables that AWS tools know', async () => {
    const { config: read } = readConfig({
      S3_BUCKET: s3.bucket, S3_ENDPOINT: s3.url, AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: s3.access_key_id, AWS_SECRET_ACCESS_KEY: s3.secret_access_key,
    }); // prettier-ignore
    const storage = createStorage(read, () => undefined);
    const tenant = newId() as TenantId;
    await storage.put(scopeOf(tenant), `t/${tenant}/a`, Buffer.from('x'), { type: 'text/plain' });
    expect(storage.driver).toBe('s3');
    expect(await s3Storage().head(scopeOf(tenant), `t/${tenant}/a`)).toMatchObject({ size: 1 });
  });
});

describe('an S3 that cannot be reached', () => {
  it('[000-05] is storage_unavailable for what needs it, and nothing else notices', async () => {
    const env = { S3_BUCKET: 'b', S3_ENDPOINT: 'http://127.0.0.1:1', AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'k', AWS_SECRET_ACCESS_KEY: 's' }; // prettier-ignore
    const database = await cloneDatabase(`storage_${process.pid}`);
    const tenant = await (await world({ database })).tenant(); // being made, a tenant needs it
    const user = await tenant.user();
    const cut = await world({ database, env });
    const owner = clientOf(cut, user.token);
    await expect(
      cut.app.get(Storage, { strict: false }).head(scopeOf(tenant.tenant_id as TenantId), `t/${tenant.tenant_id}/a`),
    ).rejects.toEqual(unavailable);
    await owner.get('/stores').expect(200);
    await owner.post('/products', { name: 'Tea', sku: 'TEA', price_minor: 250 }).expect(201);
    const health = await cut.request().get('/health').set('host', 'localhost').expect(200);
    expect(health.body).toMatchObject({ status: 'degraded', checks: { database: 'healthy', storage: 'unhealthy' } });
  });
});
