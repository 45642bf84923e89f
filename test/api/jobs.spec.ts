import { newId } from '../../libs/platform/crypto/index.js';
import { withClient } from '../support/migrate.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

describe('GET /jobs/{job_id}', () => {
  let w: World;
  let acme: TestTenant;
  let owner: TestUser;
  beforeAll(async () => {
    w = await world();
    acme = await w.tenant();
    owner = await acme.user();
  }, 60_000);

  let count = 0;
  const asSuperuser = (statement: string, ...params: unknown[]) =>
    withClient(w.database.superUrl, (client) => client.query(statement, params));
  /** Somebody with exactly these permissions. */
  const holder = async (...permissions: string[]): Promise<TestUser> => {
    const { body } = await owner.post('/roles', { name: `Holder ${(count += 1)}`, permissions }).expect(201);
    return acme.user({ role: body.code as string });
  };
  const webhook = async (who = owner): Promise<string> => {
    const { body } = await who.post('/webhooks', { name: `Hook ${(count += 1)}`, url: 'https://93.184.215.14/', events: ['inventory.*'] }).expect(201); // prettier-ignore
    return body.webhook.webhook_id as string;
  };
  /** A replay that `who` has asked for; no worker runs here, so it stays queued. */
  const replay = async (who = owner): Promise<string> =>
    (await who.post(`/webhooks/${await webhook(who)}/dlq/replay`).expect(202)).body.webhook_job_id as string;
  /** One of a module that has no table for its jobs. */
  const shared = async (over: Record<string, unknown> = {}): Promise<string> => {
    const job = { tenant_id: acme.tenant_id, job_id: newId(), kind: 'catalog.import', ...over };
    const names = Object.keys(job);
    const values = names.map((_, i) => `$${i + 1}`);
    await asSuperuser(`insert into jobs (${names.join(', ')}) values (${values.join(', ')})`, ...Object.values(job));
    return job.job_id;
  };

  it('shows state, progress and result of what webhooks do in bulk, in the form of all long work', async () => {
    const job_id = await replay();
    const queued = (await owner.get(`/jobs/${job_id}`).expect(200)).body;
    expect(queued).toEqual({
      job_id, kind: 'webhooks.replay', state: 'queued', steps: [], done: 0, total: 0, result: null, error: null, cancellable: true, created_at: expect.any(String), finished_at: null,
    }); // prettier-ignore
    await asSuperuser(`update webhook_jobs set state = 'running', done = 3, total = 10 where webhook_job_id = $1`, job_id);
    expect((await owner.get(`/jobs/${job_id}`).expect(200)).body).toMatchObject({ state: 'running', done: 3, total: 10, result: null });
    await asSuperuser(
      `update webhook_jobs set state = 'failed', error = '{"code": "webhook_not_active", "message": "The webhook is not active."}', finished_at = now() where webhook_job_id = $1`,
      job_id,
    );
    expect((await owner.get(`/jobs/${job_id}`).expect(200)).body).toMatchObject({
      state: 'failed', result: { counts: { deliveries: 3 } }, error: { code: 'webhook_not_active' }, cancellable: false, finished_at: expect.any(String),
    }); // prettier-ignore
  });

  it('shows work of modules without a table of their own', async () => {
    const steps = [{ key: 'read', state: 'done', started_at: '2026-01-05T08:00:00.000Z', finished_at: null }];
    const job_id = await shared({
      state: 'succeeded', permission: 'inventory:read', steps: JSON.stringify(steps), done: 7, total: 7, result: '{"url": "/files/1"}', finished_at: new Date(0), input: '{"canary": 1}',
    }); // prettier-ignore
    const { body } = await owner.get(`/jobs/${job_id}`).expect(200);
    expect(body).toEqual({
      job_id, kind: 'catalog.import', state: 'succeeded', steps, done: 7, total: 7, result: { url: '/files/1' }, error: null, cancellable: false, created_at: expect.any(String),
      finished_at: '1970-01-01T00:00:00.000Z',
    }); // prettier-ignore
  });

  it('is for who has asked for it and who holds its permission; for all others it is not there', async () => {
    const integrator = await holder('webhooks:write', 'webhooks:read', 'inventory:read');
    const reader = await holder('webhooks:read');
    const other = await holder('inventory:read');
    const job_id = await replay(integrator);
    for (const user of [integrator, reader, owner]) expect((await user.get(`/jobs/${job_id}`).expect(200)).body.job_id).toBe(job_id);
    const refused = (await other.get(`/jobs/${job_id}`).expect(404)).body;
    // Who has asked sees how it ends, also without the permission.
    const { body: role } = await owner.post('/roles', { name: `Left ${(count += 1)}`, permissions: ['inventory:read'] }).expect(201);
    await owner
      .patch(`/admin/members/${integrator.user_id}`, {
        assignments: [{ role_id: role.role_id, store_scope: { mode: 'all', store_ids: [] } }],
      })
      .expect(200);
    await integrator.get('/webhooks').expect(403);
    await integrator.get(`/jobs/${job_id}`).expect(200);

    const own = await shared({ requested_by: integrator.user_id });
    await integrator.get(`/jobs/${own}`).expect(200);
    await owner.get(`/jobs/${own}`).expect(404);
    // Absent, foreign, another's, not an id: one answer.
    const stranger = await (await w.tenant()).user();
    for (const answer of [
      owner.get(`/jobs/${newId()}`),
      owner.get('/jobs/not-an-id'),
      stranger.get(`/jobs/${job_id}`),
      stranger.get(`/jobs/${own}`),
    ]) {
      const { request_id: _, ...body } = (await answer.expect(404)).body as Record<string, unknown>;
      expect(body).toEqual({ ...refused, request_id: undefined });
    }
    await w.request().get(`/api/v1/jobs/${job_id}`).expect(401);
  });

  it('shows an API key what its scopes show', async () => {
    const job_id = await replay();
    for (const [scopes, status] of [[['webhooks:read'], 200], [['inventory:read'], 404]] as const) {
      const { body } = await owner.post('/api-keys', { name: `Key ${(count += 1)}`, scopes }).expect(201);
      await w.request().get(`/api/v1/jobs/${job_id}`).set('host', 'localhost').set('x-api-key', body.api_key.secret as string).expect(status);
    } // prettier-ignore
  });

  it('hides the work of a module that is switched off, and of a webhook that is deleted', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    const colleague = await tenant.user();
    const job_id = await replay(user);
    await colleague.get(`/jobs/${job_id}`).expect(200);
    await user.patch('/tenant/settings', { modules: { webhooks: false } }).expect(200);
    await colleague.get(`/jobs/${job_id}`).expect(404);
    await user.patch('/tenant/settings', { modules: { webhooks: true } }).expect(200);
    const webhook_id = await webhook(user);
    const { body } = await user.post(`/webhooks/${webhook_id}/dlq/replay`).expect(202);
    await user.delete(`/webhooks/${webhook_id}`).expect(204);
    await user.get(`/jobs/${body.webhook_job_id}`).expect(404);
  });
});
