import { once } from 'node:events';
import http from 'node:http';
import { StreamHub, StreamTopics } from '#platform/stream/index.js';
import { eventually } from '../support/eventually.js';
import { world, type World } from '../support/world.js';

describe('GET /stream', () => {
  let here: World;
  let url: string;
  beforeAll(async () => {
    here = await world();
    here.app.get(StreamTopics, { strict: false }).register('test_open', () => true);
    here.app.get(StreamTopics, { strict: false }).register('test_shut', () => false);
    await here.app.listen(0, '127.0.0.1');
    url = await here.app.getUrl();
  }, 30_000);

  /** One connection of its own, which `close` drops as a browser does that leaves the page. */
  async function open(path: string, token: string) {
    const request = http.get(`${url}/api/v1/${path}`, { agent: false, headers: { authorization: `Bearer ${token}` } });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const state = { text: '', ended: false };
    response.setEncoding('utf8').on('data', (chunk: string) => (state.text += chunk));
    response.on('close', () => (state.ended = true)).on('error', () => undefined); // aborted by us
    return { response, status: response.statusCode, headers: response.headers, state, close: () => void request.destroy() };
  }
  const hub = () => here.app.get(StreamHub, { strict: false });

  it('sends what happens in the tenant of the token, and ends the connection with the reader', async () => {
    const [acme, other] = [await here.tenant(), await here.tenant()];
    const user = await acme.user();
    const stranger = await other.user();
    const mine = await open('stream?topics=test_open', user.token);
    const theirs = await open('stream?topics=test_open', stranger.token);
    expect(mine.status).toBe(200);
    expect(mine.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(mine.headers['cache-control']).toBe('no-store');
    expect(mine.headers['content-encoding']).toBeUndefined();
    expect(mine.headers['content-disposition']).toBeUndefined();
    await eventually(() => mine.state.text === 'retry: 2000\n\n' && theirs.state.text === 'retry: 2000\n\n');
    hub().publish({ topic: 'test_open', tenant_id: acme.tenant_id, event: 'job.progress', data: { done: 1 } });
    await eventually(() => mine.state.text.includes('event: job.progress\ndata: {"topic":"test_open","done":1}\n\n'));
    expect(theirs.state.text).toBe('retry: 2000\n\n');
    mine.close();
    theirs.close();
    await eventually(() => hub().connections === 0);
  }, 30_000);

  it('answers 404 for the whole call when one topic is refused or unknown, 400 without topics', async () => {
    const user = await (await here.tenant()).user();
    for (const topics of ['test_shut', 'test_open,test_shut', 'test_open,unheard_of', 'test_open:x'])
      expect((await user.get(`/stream?topics=${topics}`)).body).toMatchObject({ status: 404, code: 'not_found' });
    expect((await user.get('/stream')).body).toMatchObject({
      status: 400,
      code: 'validation_failed',
      errors: [{ field: '/query/topics' }],
    });
    const many = Array.from({ length: 21 }, (_, n) => `t${n}`).join(',');
    expect((await user.get(`/stream?topics=${many}`)).status).toBe(400);
    expect((await here.request().get('/api/v1/stream?topics=test_open')).status).toBe(401);
  }, 30_000);

  it('allows five streams of one person', async () => {
    const user = await (await here.tenant()).user();
    const five = await Promise.all(Array.from({ length: 5 }, () => open('stream?topics=test_open', user.token)));
    expect(five.map(({ status }) => status)).toEqual(Array(5).fill(200));
    const sixth = await open('stream?topics=test_open', user.token);
    expect(sixth.status).toBe(429);
    five.forEach(({ close }) => close());
    await eventually(() => hub().connections === 0);
  }, 30_000);

  it('ends within two seconds of the sign-out', async () => {
    const user = await (await here.tenant()).user();
    const reader = await open('stream?topics=test_open', user.token);
    await eventually(() => reader.state.text !== '');
    await user.post('/auth/logout').expect(204);
    await eventually(() => reader.state.ended, 4_000);
    expect(reader.state.text).toContain('event: closing\ndata: {"reason":"session_revoked"}');
  }, 30_000);

  it('gives staff their own stream, on which nobody else is let in', async () => {
    const staff = await here.staff('ops_viewer');
    const user = await (await here.tenant()).user();
    const reader = await open('platform/stream?topics=test_open', staff.token);
    expect(reader.status).toBe(200);
    await eventually(() => reader.state.text !== '');
    hub().publish({ topic: 'test_open', tenant_id: null, event: 'provisioning.step', data: { n: 1 } });
    await eventually(() => reader.state.text.includes('provisioning.step'));
    reader.close();
    expect((await staff.get('/stream?topics=test_open')).status).toBe(401);
    expect((await user.get('/platform/stream?topics=test_open')).status).toBe(401);
    await eventually(() => hub().connections === 0);
  }, 30_000);
});
