import pg from 'pg';
import { METRICS } from '../../libs/platform/metrics/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { Sweeper } from '../../apps/api/src/modules/webhooks/dispatch/sweeper.js';
import { eventually } from '../support/eventually.js';
import { evaluate, readScrape, type Scrape } from '../support/promql.js';
import { Receiver, type Answers } from '../support/receiver.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/** Every metric of webhooks, its type and its labels. A new one is a decision that a reviewer sees. */
const PAGE = {
  webhook_deliveries_total: ['counter', 'event', 'status'],
  webhook_attempts_total: ['counter', 'outcome'],
  webhook_attempt_duration_seconds: ['histogram'],
  webhook_e2e_latency_seconds: ['histogram'],
  webhook_backlog: ['gauge', 'pool'],
  webhook_oldest_pending_seconds: ['gauge', 'pool'],
  webhook_outbox_lag_seconds: ['gauge'],
  webhook_outbox_parked: ['gauge'],
  webhook_outbox_parked_total: ['counter'],
  webhook_outbox_relayed_total: ['counter'],
  webhook_lanes: ['gauge', 'state'],
  webhook_pool_in_use: ['gauge', 'pool'],
  webhook_claim_seconds: ['histogram'],
  webhook_flush_size: ['histogram'],
  webhook_lease_expired_total: ['counter'],
  webhook_late_result_total: ['counter'],
  webhook_lane_repaired_total: ['counter'],
  webhook_alarm_dropped_total: ['counter'],
  webhook_ssrf_blocked_total: ['counter'],
  webhook_endpoints_disabled_total: ['counter', 'reason'],
  webhook_expired_total: ['counter', 'status'],
  webhook_archive_total: ['counter', 'outcome'],
  webhook_clock_skew_seconds: ['gauge'],
} as const;
/** Made only when a week with open rows is dropped; its own test is that of retention. */
const WITHOUT_A_SAMPLE = ['webhook_archive_total', 'webhook_expired_total'];

/** The queries of the operator's guide, letter by letter. */
const DENIALS = `
# RBAC denial rate (per minute)
rate(rbac_denied_total[1m])`;
const SUCCESS_RATE = `
# Webhook success rate
sum(rate(webhook_deliveries_total{status="success"}[5m])) / sum(rate(webhook_deliveries_total[5m]))`;
const REQUESTS = `
# Tenant request distribution
topk(10, sum by (tenant_id) (rate(tenant_request_rate[5m])))`;
const LATENCY = `
# Database query latency p95
histogram_quantile(0.95, rate(db_query_duration_seconds_bucket[5m]))`;

describe('metrics of webhooks', () => {
  let w: World;
  let receiver: Receiver;
  let superuser: pg.Client;
  let tenant: TestTenant;
  let owner: TestUser;
  beforeAll(async () => {
    receiver = await Receiver.start();
    w = await world({
      own_database: `webhook_metrics_${process.pid}`,
      work: true,
      env: { WEBHOOK_ALLOWED_CIDRS: `127.0.0.1/32:${receiver.port}`, WEBHOOK_RETRY_DELAYS: '50' },
    });
    superuser = new pg.Client({ connectionString: w.database.superUrl });
    await superuser.connect();
    tenant = await w.tenant();
    owner = await tenant.user();
  }, 60_000);
  afterAll(async () => {
    await superuser?.end();
    await receiver?.stop();
  });

  let count = 0;
  const hook = async (answers: Answers = {}, over: object = {}): Promise<string> => {
    const url = receiver.url(`/hook-${(count += 1)}`, answers);
    const { body } = await owner.post('/webhooks', { name: `Hook ${count}`, url, events: ['inventory.*'], ...over }).expect(201);
    return body.webhook.webhook_id as string;
  };
  const product = () => owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
  const ended = (webhook_id: string, status: string, n = 1) =>
    eventually(async () => {
      const { body } = await owner.get(`/webhooks/${webhook_id}/deliveries?status=${status}`).expect(200);
      expect(body.data).toHaveLength(n);
    }, 8_000);
  const scrape = async (): Promise<Scrape> => readScrape(await w.runtime.metrics.expose());
  const valueOf = async (name: string): Promise<number> => (await scrape()).get(name)?.[0]?.value ?? 0;
  const remove = (...ids: string[]) => Promise.all(ids.map((id) => owner.delete(`/webhooks/${id}`).expect(204)));

  it('[004-51] answer the four queries of the guide; the ratio of successes is one while every delivery succeeds', async () => {
    const viewer = await tenant.user({ role: 'viewer' });
    const webhook_id = await hook();
    const before = await scrape();
    await viewer.post('/webhooks', {}).expect(403);
    for (let n = 0; n < 3; n += 1) await product();
    await ended(webhook_id, 'success', 3);
    const after = await scrape();
    const asked = (query: string, until = after) => evaluate(query, before, until, 60);
    expect(asked(DENIALS)).toContainEqual({
      labels: { permission: 'webhooks:write', resource: 'webhooks', action: 'write' },
      value: 1 / 60,
    });
    expect(asked(SUCCESS_RATE)).toEqual([{ labels: {}, value: 1 }]);
    const requests = asked(REQUESTS);
    expect(requests.length).toBeLessThanOrEqual(10);
    expect(requests.find(({ labels }) => labels['tenant_id'] === tenant.tenant_id)?.value).toBeGreaterThan(3 / 60);
    const latency = asked(LATENCY);
    expect(latency.length).toBeGreaterThan(3);
    for (const { labels, value } of latency) {
      expect(Object.keys(labels).sort()).toEqual(['operation', 'table']);
      expect(value).toBeGreaterThan(0);
    }
    // And below one when one does not.
    const bad = await hook({ status: 400 });
    await product();
    await ended(bad, 'dlq');
    await ended(webhook_id, 'success', 4);
    expect(asked(SUCCESS_RATE, await scrape())).toEqual([{ labels: {}, value: 4 / 5 }]);
    expect(() => asked('rate(no_such_total[1m])')).toThrow('not scraped');
    expect(() => asked('sum(rate(webhook_deliveries_total{verdict="success"}[5m]))')).toThrow('no label verdict');
    expect(() => asked('rate(rbac_denied_total[1m]) or 1')).toThrow();
    await remove(webhook_id, bad);
  }, 30_000);

  it('counts what may not be reached when it is written down, changed and sent to', async () => {
    const before = await valueOf('webhook_ssrf_blocked_total');
    const body = { name: `Hook ${(count += 1)}`, url: 'http://10.0.0.8/', events: ['inventory.*'] };
    expect((await owner.post('/webhooks', body).expect(400)).body.code).toBe('destination_not_allowed');
    expect(await valueOf('webhook_ssrf_blocked_total')).toBe(before + 1);
    const webhook_id = await hook();
    expect((await owner.patch(`/webhooks/${webhook_id}`, { url: 'http://169.254.169.254/' }).expect(400)).body.code).toBe(
      'destination_not_allowed',
    );
    expect(await valueOf('webhook_ssrf_blocked_total')).toBe(before + 2);
    // An address that was allowed when it was written down: another name server, another rule.
    await superuser.query(`update webhook_endpoints set url = 'http://192.168.7.7/' where webhook_id = $1`, [webhook_id]);
    await product();
    await ended(webhook_id, 'dlq');
    expect(await valueOf('webhook_ssrf_blocked_total')).toBe(before + 3);
    // What is no address at all is a mistake of typing, and an allowed one is none.
    await owner.post('/webhooks', { ...body, url: 'nonsense' }).expect(400);
    expect(await valueOf('webhook_ssrf_blocked_total')).toBe(before + 3);
    await remove(webhook_id);
  }, 30_000);

  it('counts a delivery whose event is no longer kept as one that has ended', async () => {
    const webhook_id = await hook();
    const dead = async (): Promise<number> =>
      (await scrape())
        .get('webhook_deliveries_total')
        ?.find(({ labels }) => labels['event'] === 'inventory.created' && labels['status'] === 'dlq')?.value ?? 0;
    const before = await dead();
    await superuser.query(
      `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at, trigger)
       values ($1, $2, $3, $4, 'inventory.created', 'pending', now(), 'auto')`,
      [tenant.tenant_id, newId(), webhook_id, newId()],
    );
    await superuser.query('update webhook_lanes set next_at = now() where webhook_id = $1', [webhook_id]);
    await ended(webhook_id, 'dlq');
    await eventually(async () => expect(await dead()).toBe(before + 1), 10_000);
    await remove(webhook_id);
  }, 30_000);

  it('[004-50] are those of the page: names, types, labels, and values from closed lists', async () => {
    const own = Object.entries(METRICS).filter(([name]) => name.startsWith('webhook_'));
    expect(Object.fromEntries(own.map(([name, { type, labels }]) => [name, [type, ...labels]]))).toEqual(PAGE);

    const gone = await hook({ status: 410 });
    const good = await hook();
    await product();
    await ended(gone, 'dlq');
    await ended(good, 'success');
    await eventually(async () => expect((await owner.get(`/webhooks/${gone}`).expect(200)).body.status).toBe('disabled'), 10_000);
    await w.app.get(Sweeper, { strict: false }).tidy();
    const text = await w.runtime.metrics.expose();
    const found = readScrape(text);
    const suffixes = (type: string): string[] => (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']);
    for (const [name, [type, ...labels]] of Object.entries(PAGE)) {
      expect(text).toMatch(new RegExp(`^# TYPE ${name} ${type}$`, 'm'));
      for (const suffix of suffixes(type)) {
        const samples = found.get(`${name}${suffix}`) ?? [];
        if (!WITHOUT_A_SAMPLE.includes(name)) expect([name, samples.length > 0]).toEqual([name, true]);
        for (const sample of samples)
          expect([name, Object.keys(sample.labels).sort()]).toEqual([name, [...labels, ...(suffix === '_bucket' ? ['le'] : [])].sort()]);
      }
    }
    const values = (name: string, label: string): string[] =>
      [...new Set((found.get(name) ?? []).map(({ labels }) => labels[label] ?? ''))].sort();
    expect(values('webhook_deliveries_total', 'status')).toEqual(['dlq', 'success']);
    expect(values('webhook_lanes', 'state')).toEqual(['asleep', 'fast', 'parked', 'slow']);
    for (const name of ['webhook_backlog', 'webhook_oldest_pending_seconds', 'webhook_pool_in_use'])
      expect([name, values(name, 'pool')]).toEqual([name, ['fast', 'slow']]);
    expect(values('webhook_endpoints_disabled_total', 'reason')).toEqual(['gone']);
    expect(found.get('webhook_lane_repaired_total')).toEqual([{ labels: {}, value: 0 }]);
    // No id, address or name of anybody stands in a label.
    const labels = [...found].filter(([name]) => name.startsWith('webhook_')).flatMap(([, samples]) => samples.flatMap((s) => Object.values(s.labels))); // prettier-ignore
    expect(labels.filter((value) => /[0-9a-f]{8}-[0-9a-f]{4}|127\.0|http|Hook/.test(value))).toEqual([]);
    await remove(gone, good);
  }, 30_000);
});
