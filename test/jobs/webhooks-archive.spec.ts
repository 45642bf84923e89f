import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { firstIdOf } from '../../apps/api/src/modules/webhooks/deliveries/id-range.js';
import { RetentionRepository } from '../../apps/api/src/modules/webhooks/retention/retention.repository.js';
import { WeekArchive } from '../../apps/api/src/modules/webhooks/retention/week-archive.js';
import { Config } from '../../libs/platform/config/index.js';
import { Clock, newId } from '../../libs/platform/crypto/index.js';
import { platformScope, Schedules } from '../../libs/platform/queue/index.js';
import { LocalStorage } from '../../libs/platform/storage/index.js';
import { StrictS3, type S3Object } from '../support/strict-s3.js';
import { world, type World } from '../support/world.js';

const TABLES = ['webhook_attempts', 'webhook_deliveries', 'events'] as const;
const PLATFORM = platformScope('test');
const never = new AbortController().signal;

describe('weeks of webhooks in an archive', () => {
  let w: World;
  let s3: StrictS3;
  let superuser: pg.Client;
  let endpoint: { tenant_id: string; webhook_id: string };
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-archive-'));

  beforeAll(async () => {
    s3 = await StrictS3.start();
    w = await world({
      own_database: `archive_${process.pid}`,
      env: {
        WEBHOOK_ARCHIVE: 'on',
        S3_BUCKET: s3.bucket,
        S3_ENDPOINT: s3.url,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: s3.access_key_id,
        AWS_SECRET_ACCESS_KEY: s3.secret_access_key,
        TENANTRY_DATA: data,
      },
    });
    superuser = new pg.Client({ connectionString: w.database.superUrl });
    await superuser.connect();
    const tenant = await w.tenant();
    const owner = await tenant.user();
    const { body } = await owner.post('/webhooks', { name: 'Old', url: 'https://hooks.example.com', events: ['inventory.*'] }).expect(201);
    endpoint = { tenant_id: tenant.tenant_id, webhook_id: body.webhook.webhook_id };
  }, 60_000);
  afterEach(() => {
    s3.fault = null;
  });
  afterAll(async () => {
    await superuser?.end();
    await w?.close();
    await s3?.stop();
    fs.rmSync(data, { recursive: true, force: true });
  });

  /** A week that is over for years: `events` rows of the size, two deliveries, no attempt. */
  async function oldWeek(monday: string, events: number, size = 20): Promise<string> {
    const name = monday.replaceAll('-', '_');
    await superuser.query(
      `select make_partition(t, t || '_' || $1, format('for values from (%L) to (%L)', partition_bound(t, $2::timestamptz), partition_bound(t, $2::timestamptz + interval '7 days')))
         from unnest($3::text[]) t`,
      [name, `${monday}T00:00:00Z`, TABLES],
    );
    await superuser.query(
      `insert into events (tenant_id, event_id, event_type, subject_id, body)
       select $1, overlay($2::text placing lpad(i::text, 12, '0') from 25)::uuid, 'inventory.created', 'é "quoted"' || i, repeat('x', $4)
         from generate_series(1, $3::int) i`,
      [endpoint.tenant_id, firstIdOf(new Date(`${monday}T12:00:00Z`)), events, size],
    );
    for (const status of ['success', 'held'])
      await superuser.query(
        `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status) values ($1, $2, $3, $2, 'inventory.created', $4)`,
        [endpoint.tenant_id, firstIdOf(new Date(`${monday}T1${status === 'held' ? 1 : 2}:00:00Z`)), endpoint.webhook_id, status],
      );
    return name;
  }
  const isThere = async (partition: string): Promise<boolean> =>
    (await superuser.query<{ there: boolean }>('select to_regclass($1) is not null as there', [partition])).rows[0]?.there ?? false;
  const retain = () => w.app.get(Schedules, { strict: false }).runNow('webhooks.retain');
  const archived = async (outcome: string): Promise<number> =>
    Number(new RegExp(`^webhook_archive_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(await w.runtime.metrics.expose())?.[1] ?? 0);
  const keyOf = (table: string, name: string, ending: string): string => `platform/archive/webhooks/${table}/${table}_${name}.${ending}`;
  const objectAt = (key: string): Buffer => (s3.objects.get(key) as S3Object).body;
  const linesOf = (table: string, name: string): Record<string, unknown>[] =>
    gunzipSync(objectAt(keyOf(table, name, 'ndjson.gz'))).toString().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
  const manifestOf = (table: string, name: string) =>
    JSON.parse(objectAt(keyOf(table, name, 'json')).toString()) as Record<string, unknown>;
  const spooled = (): string[] => fs.readdirSync(path.join(data, 'archive'));

  it('drops a week when storage has given back what was written, row for row', async () => {
    const name = await oldWeek('2020-01-06', 250);
    const { rows: events } = await superuser.query<{ line: object }>('select to_jsonb(e) as line from events e where event_id < $1 order by event_id', [firstIdOf(new Date('2020-01-13T00:00:00Z'))]); // prettier-ignore
    expect(await retain()).toMatchObject({ processed: 3, failed: 0 });
    expect(linesOf('events', name)).toEqual(events.map(({ line }) => line));
    expect(linesOf('webhook_deliveries', name).map(({ status }) => status).sort()).toEqual(['held', 'success']); // prettier-ignore
    const numbers = { events: 250, webhook_deliveries: 2, webhook_attempts: 0 };
    for (const table of TABLES) {
      const object = objectAt(keyOf(table, name, 'ndjson.gz'));
      expect(manifestOf(table, name)).toEqual({
        table,
        week: `${table}_${name}`,
        rows: numbers[table],
        bytes: object.length,
        sha256: createHash('sha256').update(object).digest('hex'),
        archived_at: expect.any(String),
      });
      expect(await isThere(`${table}_${name}`)).toBe(false);
    }
    expect(await archived('done')).toBe(3);
    expect(spooled()).toEqual([]);
  });

  it('keeps a week while storage is away, says so, and drops it when storage is back', async () => {
    const name = await oldWeek('2020-01-13', 3);
    s3.fault = { status: 403, code: 'AccessDenied' };
    expect(await retain()).toMatchObject({ failed: 3 });
    for (const table of TABLES) expect(await isThere(`${table}_${name}`)).toBe(true);
    expect(await archived('failed')).toBe(3);
    expect(w.logs.parsed().filter(({ msg }) => msg === 'a week of webhooks cannot be archived, so it is kept')).toHaveLength(3);
    s3.fault = null;
    expect(await retain()).toMatchObject({ processed: 3, failed: 0 });
    for (const table of TABLES) expect(await isThere(`${table}_${name}`)).toBe(false);
    expect(linesOf('events', name)).toHaveLength(3);
  });

  it('keeps a week of which storage gives back something else, and believes no manifest', async () => {
    const name = await oldWeek('2020-01-20', 3);
    const set = jest.spyOn(s3.objects, 'set').mockImplementation(function (this: Map<string, S3Object>, key, object) {
      return Map.prototype.set.call(this, key, key.endsWith('.gz') ? { ...object, body: object.body.subarray(0, -1) } : object) as never;
    });
    expect(await retain()).toMatchObject({ failed: expect.any(Number), processed: 0 });
    set.mockRestore();
    expect(await archived('unverified')).toBeGreaterThanOrEqual(2);
    expect(await isThere(`events_${name}`)).toBe(true);
    expect(s3.objects.has(keyOf('events', name, 'json'))).toBe(false);

    // A manifest over an object that is damaged: written again.
    const sha256 = createHash('sha256').update(objectAt(keyOf('events', name, 'ndjson.gz'))).digest('hex'); // prettier-ignore
    const claim = { table: 'events', week: `events_${name}`, rows: 3, bytes: objectAt(keyOf('events', name, 'ndjson.gz')).length, sha256 }; // prettier-ignore
    s3.objects.set(keyOf('events', name, 'json'), { body: Buffer.from(JSON.stringify(claim)), etag: '', type: 'application/json', modified_at: new Date() }); // prettier-ignore
    expect(await retain()).toMatchObject({ failed: 0 });
    expect(await isThere(`events_${name}`)).toBe(false);
    expect(linesOf('events', name)).toHaveLength(3);
  });

  it('goes on where it was interrupted, in bounded steps', async () => {
    const name = await oldWeek('2020-01-27', 3_000, 4_000);
    const repository = w.app.get(RetentionRepository, { strict: false });
    const archive = w.app.get(WeekArchive, { strict: false });
    const abort = new AbortController();
    const page = jest.spyOn(repository, 'page');
    page.mockImplementation(async (...args) => {
      if (page.mock.calls.length === 20) abort.abort();
      return RetentionRepository.prototype.page.apply(repository, args);
    });
    await expect(archive.keep(PLATFORM, 'events', `events_${name}`, abort.signal)).rejects.toMatchObject({ outcome: 'interrupted' });
    expect(spooled()).toEqual([`events_${name}.json`, `events_${name}.ndjson.gz`]);
    // Killed while it wrote: what stands behind the last whole part is cut off.
    fs.appendFileSync(path.join(data, 'archive', `events_${name}.ndjson.gz`), 'half a part');
    page.mockClear();
    expect(await archive.keep(PLATFORM, 'events', `events_${name}`, never)).toMatchObject({ rows: 3_000 });
    expect(page.mock.calls.length).toBeLessThan(30);
    page.mockRestore();
    expect(new Set(linesOf('events', name).map(({ event_id }) => event_id)).size).toBe(3_000);
    // A week that is archived is not read again, only its copy.
    const again = jest.spyOn(repository, 'page');
    await archive.keep(PLATFORM, 'events', `events_${name}`, never);
    expect(again).not.toHaveBeenCalled();
    again.mockRestore();
    expect(await retain()).toMatchObject({ processed: 3, failed: 0 });
  });

  it('keeps everything where no bucket is configured', async () => {
    const local = new WeekArchive(
      w.app.get(RetentionRepository, { strict: false }),
      new LocalStorage(path.join(data, newId())),
      w.app.get(Clock, { strict: false }),
      w.app.get(Config, { strict: false }),
    );
    await expect(local.keep(PLATFORM, 'events', 'events_2020_01_06', never)).rejects.toMatchObject({ outcome: 'not_configured' });
  });
});
