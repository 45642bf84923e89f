import { newId } from '#platform/crypto/index.js';
import {
  Notifications,
  NotificationSettings,
  StreamHub,
  StreamSession,
  StreamTopics,
  type StreamCaller,
  type StreamMessage,
} from '#platform/stream/index.js';
import { RecordingObserver } from '../support/background.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/migrate.js';
import { testScope } from '../support/test-jobs.js';

/** One process: its LISTEN connection and its hub. */
interface Process {
  readonly notifications: Notifications;
  readonly hub: StreamHub;
  readonly observer: RecordingObserver;
}

describe('stream', () => {
  let database: TestDatabase;
  const processes: Process[] = [];
  const sessions: StreamSession[] = [];
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    for (const session of sessions.splice(0)) session.destroy();
    for (const { hub, notifications } of processes.splice(0)) {
      hub.onModuleDestroy();
      await notifications.stop();
    }
  });

  async function start(url: string | null = database.platformUrl): Promise<Process> {
    const observer = new RecordingObserver();
    const notifications = new Notifications(new NotificationSettings(url), observer);
    const started = { notifications, hub: new StreamHub(notifications, observer), observer };
    await notifications.start();
    processes.push(started);
    return started;
  }

  type Reading = {
    topics?: string[];
    tenant_id?: string | null;
    principal_id?: string;
    last?: string;
    recheck?: () => Promise<string | null>;
    times?: object;
    expires_at?: Date;
  };
  function read({ hub }: Process, reading: Reading = {}) {
    const {
      topics = ['jobs'],
      tenant_id = newId(),
      principal_id = newId(),
      last = null,
      recheck = () => Promise.resolve(null),
      times = {},
      expires_at = null,
    } = reading;
    const session = StreamSession.open(hub, {
      reader: { topics: new Set(topics), tenant_id, principal_id },
      last_event_id: last,
      expires_at,
      recheck,
      times,
    });
    if (!session) return null;
    sessions.push(session);
    const state = { text: '', ended: false };
    session.on('data', (chunk: Buffer) => (state.text += chunk.toString()));
    session.on('close', () => (state.ended = true));
    const events = () =>
      [...state.text.matchAll(/(?:id: (.*)\n)?event: (.*)\ndata: (.*)\n/g)].map(([, id, event, data]) => ({
        id,
        event,
        data: JSON.parse(data ?? '{}') as Record<string, unknown>,
      }));
    return { session, state, events, tenant_id, principal_id };
  }
  const open = (...args: Parameters<typeof read>) => {
    const reader = read(...args);
    if (!reader) throw new Error('refused');
    return reader;
  };
  const message = (over: Partial<StreamMessage> = {}): StreamMessage => ({
    topic: 'jobs',
    tenant_id: null,
    event: 'job.progress',
    data: { done: 1 },
    ...over,
  });

  it('begins with the time to wait and carries a message to readers in every process', async () => {
    const [one, two] = [await start(), await start()];
    const here = open(one);
    const there = open(two, { tenant_id: here.tenant_id });
    one.hub.publish(message({ tenant_id: here.tenant_id }));
    await eventually(() => here.events().length === 1 && there.events().length === 1);
    expect(here.state.text).toMatch(/^retry: 2000\n\nid: .+\nevent: job\.progress\ndata: \{"topic":"jobs","done":1\}\n\n$/);
    expect(there.events()).toEqual(here.events());
  });

  it('gives nobody what is of another tenant, another person or another topic', async () => {
    const app = await start();
    const mine = open(app, { topics: ['jobs', 'me'] });
    const foreign = open(app, { topics: ['jobs', 'me'] });
    const colleague = open(app, { topics: ['jobs', 'me'], tenant_id: mine.tenant_id });
    const elsewhere = open(app, { topics: ['notifications'], tenant_id: mine.tenant_id });
    const staff = open(app, { topics: ['jobs'], tenant_id: null });
    app.hub.publish(message({ tenant_id: mine.tenant_id, data: { n: 1 } }));
    app.hub.publish(
      message({ tenant_id: mine.tenant_id, principal_id: mine.principal_id, topic: 'me', event: 'me.changed', data: { n: 2 } }),
    );
    app.hub.publish(message({ tenant_id: null, data: { n: 3 } }));
    await eventually(() => staff.events().length === 2 && mine.events().length === 2);
    const numbers = (reader: typeof mine) => reader.events().map((event) => event.data['n']);
    expect([mine, foreign, colleague, elsewhere, staff].map(numbers)).toEqual([[1, 2], [], [1], [], [1, 3]]);
  });

  it('publishes after the commit, and never after a rollback', async () => {
    const app = await start(null);
    const reader = open(app);
    const hooks: (() => void)[] = [];
    app.hub.publishAfter({ afterCommit: (hook) => void hooks.push(hook) }, message({ tenant_id: reader.tenant_id }));
    expect(reader.events()).toEqual([]);
    hooks.forEach((hook) => hook());
    await eventually(() => reader.events().length === 1);
  });

  it('a reader that comes back, to another process, gets what it missed', async () => {
    const [one, two] = [await start(), await start()];
    const first = open(one);
    const { tenant_id } = first;
    for (const n of [1, 2, 3]) one.hub.publish(message({ tenant_id, data: { n } }));
    await eventually(() => first.events().length === 3);
    const back = open(two, { tenant_id, last: first.events()[0]?.id ?? '' });
    await eventually(() => back.events().length === 2);
    expect(back.events().map((event) => event.data['n'])).toEqual([2, 3]);
    expect(open(two, { tenant_id, last: first.events()[2]?.id ?? '' }).events()).toEqual([]);
  });

  it('one that was away too long fetches anew', async () => {
    const app = await start();
    const back = open(app, { last: 'unknown' });
    await eventually(() => back.events().length === 1);
    expect(back.events()).toEqual([{ id: undefined, event: 'resync', data: {} }]);
  });

  it('a lost LISTEN connection comes back, and everybody fetches anew', async () => {
    const app = await start();
    const reader = open(app);
    app.hub.publish(message({ tenant_id: reader.tenant_id }));
    await eventually(() => reader.events().length === 1);
    const before = reader.events()[0]?.id ?? '';
    await withClient(database.superUrl, (client) =>
      client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tenantry-listen' and datname = current_database()",
      ),
    );
    await eventually(() => !app.notifications.isConnected);
    await eventually(() => app.notifications.isConnected, 5_000);
    await eventually(() => reader.events().at(-1)?.event === 'resync');
    app.hub.publish(message({ tenant_id: reader.tenant_id, data: { after: true } }));
    await eventually(() => reader.events().at(-1)?.data['after'] === true);
    expect(open(app, { tenant_id: reader.tenant_id, last: before }).events()).toEqual([]);
  });

  it('without a connection its own readers still hear', async () => {
    const app = await start('postgres://tenantry_platform:x@127.0.0.1:1/nowhere');
    const reader = open(app);
    app.hub.publish(message({ tenant_id: reader.tenant_id }));
    await eventually(() => reader.events().length === 1);
  });

  it('refuses more than five streams of one person and data above 4 kB', async () => {
    const app = await start(null);
    const principal_id = newId();
    const five = Array.from({ length: 5 }, () => read(app, { principal_id }));
    expect(five.every((reader) => reader !== null)).toBe(true);
    expect(read(app, { principal_id })).toBeNull();
    expect(read(app)).not.toBeNull();
    five[0]?.session.destroy();
    await eventually(() => read(app, { principal_id }) !== null);
    expect(() => app.hub.publish(message({ data: { text: 'x'.repeat(4_097) } }))).toThrow('larger');
  });

  it('ends when the token does, and says so', async () => {
    const app = await start(null);
    const reader = open(app, { expires_at: new Date(Date.now() + 60) });
    await eventually(() => reader.state.ended);
    expect(reader.events()).toEqual([{ id: undefined, event: 'closing', data: { reason: 'token_expired' } }]);
    expect(app.hub.connections).toBe(0);
    const old = open(app, { times: { max_age_ms: 40 } });
    await eventually(() => old.state.ended);
    expect(old.events()[0]?.data).toEqual({ reason: 'max_age' });
  });

  it('ends when the session is revoked, and outlives a database that is away for a moment', async () => {
    const app = await start(null);
    let answer: () => Promise<string | null> = () => Promise.resolve(null);
    const reader = open(app, { recheck: () => answer(), times: { recheck_ms: 20, blind_ms: 300 } });
    answer = () => Promise.reject(new Error('away'));
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(reader.state.ended).toBe(false);
    answer = () => Promise.resolve('session_revoked');
    await eventually(() => reader.state.ended);
    expect(reader.events()[0]?.data).toEqual({ reason: 'session_revoked' });

    const blind = open(app, { recheck: () => Promise.reject(new Error('away')), times: { recheck_ms: 20, blind_ms: 60 } });
    await eventually(() => blind.state.ended);
    expect(blind.events()[0]?.data).toEqual({ reason: 'unavailable' });
  });

  it('keeps alive with comments', async () => {
    const app = await start(null);
    const reader = open(app, { times: { heartbeat_ms: 20 } });
    await eventually(() => reader.state.text.includes('\n\n:\n\n:\n\n'));
  });

  it('a reader that does not read is cut off, and costs the others nothing', async () => {
    const app = await start(null);
    const quick = open(app);
    const slow = StreamSession.open(app.hub, {
      reader: { topics: new Set(['jobs']), tenant_id: quick.tenant_id, principal_id: newId() },
      last_event_id: null,
      expires_at: null,
      recheck: () => Promise.resolve(null),
    });
    for (let n = 0; n < 100; n++) {
      app.hub.publish(message({ tenant_id: quick.tenant_id, data: { text: 'x'.repeat(4_000) } }));
      await new Promise(setImmediate);
    }
    await eventually(() => slow?.destroyed === true && quick.events().length === 100);
    expect(app.hub.connections).toBe(1);
    expect(app.observer.of('stream_dropped_total slow')).toBe(1);
  });

  it('says goodbye when the process stops', async () => {
    const app = await start(null);
    const reader = open(app);
    app.hub.closeAll('stop');
    await eventually(() => reader.state.ended);
    expect(reader.events()[0]).toMatchObject({ event: 'closing', data: { reason: 'stop' } });
  });
});

describe('StreamTopics', () => {
  const caller: StreamCaller = { kind: 'tenant', scope: testScope(), principal_id: newId(), user_id: newId(), may: () => false };

  it('asks the rule of the prefix and refuses everything else alike', async () => {
    const topics = new StreamTopics();
    const mine = newId();
    topics.register('jobs', (_caller, id) => id === null);
    topics.register('job', (_caller, id) => Promise.resolve(id === mine));
    const allows = (topic: string) => topics.allows(caller, topic);
    expect(await Promise.all(['jobs', `job:${mine}`].map(allows))).toEqual([true, true]);
    expect(
      await Promise.all([`job:${newId()}`, 'job:x', `job:${mine}:y`, 'stranger', 'constructor', '', ':', `jobs:${mine}`].map(allows)),
    ).toEqual(Array(8).fill(false));
  });

  it('refuses a prefix twice', () => {
    const topics = new StreamTopics();
    topics.register('jobs', () => true);
    expect(() => topics.register('jobs', () => true)).toThrow('twice');
    expect(() => topics.register('job:', () => true)).toThrow('topic');
  });
});
