import pg from 'pg';
import type { TenantId } from '#contracts/ids.js';
import type { Config } from '#platform/config/index.js';
import { KeyRings, newId } from '#platform/crypto/index.js';
import { PlatformDb, TenantDb, TenantPool, type TenantScope } from '#platform/db/index.js';
import { makePlatformScope, makeTenantScope } from '#platform/db/scope-factory.js';
import { createLogger, MemoryDestination } from '#platform/logging/index.js';
import {
  button,
  createMail,
  defineTemplate,
  mailSend,
  MailSender,
  SmtpTransport,
  smtpOptions,
  text,
  type Mail,
} from '#platform/mail/index.js';
import { Metrics, WorkMetrics } from '#platform/metrics/index.js';
import { JobRunner, JobScopes, type Queues } from '#platform/queue/index.js';
import { testDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { SmtpSink, type SinkOptions } from '../support/smtp-sink.js';

const CANARY = 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB';
const RESET = defineTemplate<{ name: string; token: string }>({
  name: 'spec.reset',
  subject: ({ name }) => `Neues Passwort für ${name}`,
  lines: ({ name, token }, { public_url }) => [text(`Hallo ${name}, …`), button('Passwort ändern', `${public_url}/reset#${token}`)],
  example: { name: 'Zoë', token: 'token' },
});

interface Row {
  readonly state: string;
  readonly attempts: number;
  readonly error_code: string | null;
  readonly has_body: boolean;
  readonly wait_s: number;
  readonly tenant_id: string | null;
  readonly provider_message_id: string | null;
}

let database: TestDatabase;
let app: TenantPool;
let platformPool: TenantPool;
let db: TenantDb;
let platform: PlatformDb;
let owner: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  app = new TenantPool({ connectionString: database.appUrl, max: 2 });
  platformPool = new TenantPool({ connectionString: database.platformUrl, max: 4 });
  db = new TenantDb(app);
  platform = new PlatformDb(platformPool);
  owner = new pg.Client({ connectionString: database.superUrl });
  await owner.connect();
});
afterAll(async () => {
  await Promise.all([app.end(), platformPool.end(), owner.end()]);
});
beforeEach(() => owner.query('delete from mail_messages'));

/** Mail as an application has it, and the worker of its queue without a broker. */
function post(config: Partial<Config> = {}, transport?: SmtpTransport) {
  const armed: string[] = [];
  const destination = new MemoryDestination();
  const metrics = new Metrics();
  const queues = {
    arm: (tx, _definition, payload) => tx.afterCommit(() => armed.push(String(payload['mail_message_id']))),
    find: () => mailSend,
    again: () => undefined,
  } as Partial<Queues> as Queues;
  const logger = createLogger({ level: 'trace', format: 'json', destination });
  const mail: Mail = createMail({
    config: {
      smtp_url: '',
      production: false,
      mail_from: 'Tenantry <no-reply@tenantry.example>',
      product_name: 'Tenantry',
      public_url: 'https://tenantry.example/',
      ...config,
    } as Config,
    rings: new KeyRings({ encryption_key: 'a'.repeat(64) }),
    platform,
    queues,
    metrics,
    logger,
    ...(transport ? { transport } : {}),
  });
  const services = { get: (token: unknown) => (token === MailSender ? mail.sender : undefined) };
  const runner = new JobRunner(platform, new JobScopes(null), queues, new WorkMetrics(metrics, logger), services as never);
  return { ...mail, armed, destination, metrics, run: (mail_message_id: string) => runner.run('mail.send', { mail_message_id }) };
}

const scopeOf = (tenant_id: string): TenantScope =>
  makeTenantScope({ tenant_id: tenant_id as TenantId, actor: { type: 'system', id: 'spec' }, request_id: newId(), stores: 'all' });
const sendReset = (by: Mail, to = 'marguerite@harbour.example', tenant = newId()): Promise<string> =>
  db.run(scopeOf(tenant), (tx) =>
    by.service.send(tx, { to, template: RESET, params: { name: 'Zoë', token: CANARY }, reason: 'password_reset' }),
  );

async function row(mail_message_id: string): Promise<Row> {
  const { rows } = await owner.query<Row>(
    `select state, attempts, error_code, body_sealed is not null as has_body, round(extract(epoch from next_run_at - now()))::int as wait_s, tenant_id, provider_message_id
       from mail_messages where mail_message_id = $1`,
    [mail_message_id],
  );
  if (!rows[0]) throw new Error('no such mail');
  return rows[0];
}
const dueNow = (id: string) => owner.query('update mail_messages set next_run_at = now() where mail_message_id = $1', [id]);
const everything = async (): Promise<string> =>
  JSON.stringify((await owner.query(`select mail_messages::text, encode(body_sealed, 'escape') from mail_messages`)).rows);

async function withSink<T>(options: SinkOptions, work: (sink: SmtpSink) => Promise<T>): Promise<T> {
  const sink = await SmtpSink.start(options);
  try {
    return await work(sink);
  } finally {
    await sink.stop();
  }
}

describe('MailService.send', () => {
  it('writes a sealed row of the transaction’s tenant and rings after the commit', async () => {
    const mail = post();
    const tenant = newId();
    const id = await sendReset(mail, 'marguerite@harbour.example', tenant);
    expect(await row(id)).toMatchObject({ state: 'queued', attempts: 0, has_body: true, tenant_id: tenant });
    expect(mail.armed).toEqual([id]);
    expect(await everything()).not.toContain(CANARY);
    expect(mail.destination.lines.join('')).not.toMatch(/marguerite|q7Jx2Vd0/);
  });

  it('leaves nothing after a rollback', async () => {
    const mail = post();
    await expect(
      db.run(scopeOf(newId()), async (tx) => {
        await mail.service.send(tx, { to: 'a@b.example', template: RESET, params: RESET.example, reason: 'x' });
        throw new Error('planned');
      }),
    ).rejects.toThrow('planned');
    expect(await everything()).toBe('[]');
    expect(mail.armed).toEqual([]);
  });

  it('works without a tenant, for the platform', async () => {
    const mail = post();
    const scope = makePlatformScope({ actor: { type: 'system', id: 'spec' }, request_id: newId() });
    const id = await platform.run(scope, (tx) =>
      mail.service.send(tx, { to: 'staff@tenantry.example', template: RESET, params: RESET.example, reason: 'x' }),
    );
    expect((await row(id)).tenant_id).toBeNull();
    expect((await mail.mailbox.get(id)).text).toContain('Hallo Zoë');
  });

  it('refuses what is no single address, and another tenant', async () => {
    const mail = post();
    for (const to of ['a@b.example\r\nBcc: c@d.example', 'a@b.example, c@d.example', 'nobody'])
      await expect(sendReset(mail, to)).rejects.toMatchObject({ code: 'validation_failed' });
    const scope = scopeOf(newId());
    await expect(
      db.run(scope, (tx) =>
        mail.service.send(tx, { to: 'a@b.example', template: RESET, params: RESET.example, reason: 'x', tenant_id: newId() }),
      ),
    ).rejects.toThrow('another tenant');
    expect(await everything()).toBe('[]');
  });

  it('sends a name with a line break in it on one line, as subject and as sender', async () => {
    const mail = post();
    const params = { name: 'A\r\nBcc: x@y.example', token: 't' };
    await db.run(scopeOf(newId()), (tx) =>
      mail.service.send(tx, { to: 'a@b.example', template: RESET, params, reason: 'x', from_name: 'A\nB\u2028' }),
    );
    expect(await everything()).toContain('A Bcc: x@y.example');
  });

  it('cannot be read back by the application role', async () => {
    const asApp = new pg.Client({ connectionString: database.appUrl });
    await asApp.connect();
    await expect(asApp.query('select 1 from mail_messages')).rejects.toMatchObject({ code: '42501' });
    await asApp.end();
  });
});

describe('SMTP', () => {
  it('hands the mail over once, strictly formed, and forgets its body', () =>
    withSink({ user: 'us@er', password: 'p/w:#' }, async (sink) => {
      const mail = post({ smtp_url: sink.url });
      const id = await sendReset(mail);
      expect(await mail.run(id)).toBe('done');
      expect(await mail.run(id)).toBe('not_due');
      expect(sink.mails).toHaveLength(1);
      const [got] = sink.mails;
      expect(got).toMatchObject({ from: 'no-reply@tenantry.example', to: 'marguerite@harbour.example' });
      expect(got?.headers).toMatchObject({
        subject: 'Neues Passwort für Zoë',
        from: 'Tenantry <no-reply@tenantry.example>',
        to: 'marguerite@harbour.example',
        'message-id': `<${id}@tenantry.example>`,
        'auto-submitted': 'auto-generated',
      });
      expect(got?.text).toContain(`https://tenantry.example/reset#${CANARY}`);
      expect(got?.html).toContain('Hallo Zoë, …');
      expect(await row(id)).toMatchObject({
        state: 'sent',
        attempts: 1,
        has_body: false,
        error_code: null,
        provider_message_id: `<${id}@tenantry.example>`,
      });
      expect(await everything()).not.toContain(CANARY);
      expect(mail.destination.lines.join('')).not.toMatch(/q7Jx2Vd0|marguerite/);
      expect(await mail.metrics.expose()).toContain('mail_messages_total{result="sent"} 1');
      expect(await mail.sender.health()).toBe('healthy');
    }));

  it('carries the tenant’s name as sender, never its address', () =>
    withSink({}, async (sink) => {
      const mail = post({ smtp_url: sink.url });
      const id = await db.run(scopeOf(newId()), (tx) =>
        mail.service.send(tx, {
          to: 'a@b.example',
          template: RESET,
          params: RESET.example,
          reason: 'x',
          from_name: 'Café "Harbour", Inc. <x@evil.example>',
        }),
      );
      await mail.run(id);
      expect(sink.mails[0]?.from).toBe('no-reply@tenantry.example');
      expect(sink.mails[0]?.headers['from']).toContain('<no-reply@tenantry.example>');
      expect(sink.mails[0]?.headers['from']).toContain('Café');
    }));

  it('tries again after 4xx: a minute, then longer, and gives up after the sixth', () =>
    withSink({}, async (sink) => {
      const mail = post({ smtp_url: sink.url });
      sink.mood = { code: 451, at: 'data' };
      const id = await sendReset(mail);
      for (const [attempt, wait_s] of [60, 300, 1_800, 7_200, 21_600].entries()) {
        expect(await mail.run(id)).toBe('retried');
        const now = await row(id);
        expect(now).toMatchObject({ state: 'queued', attempts: attempt + 1, error_code: 'smtp_451', has_body: true });
        expect(Math.abs(now.wait_s - wait_s)).toBeLessThanOrEqual(2);
        expect(await mail.run(id)).toBe('not_due');
        await dueNow(id);
      }
      expect(await mail.run(id)).toBe('failed');
      expect(await row(id)).toMatchObject({ state: 'failed', attempts: 6, error_code: 'smtp_451', has_body: false });
      const text = await mail.metrics.expose();
      expect(text).toContain('mail_messages_total{result="retried"} 5');
      expect(text).toContain('mail_messages_total{result="failed"} 1');
    }));

  it('gives up at once after 5xx', () =>
    withSink({}, async (sink) => {
      const mail = post({ smtp_url: sink.url });
      sink.mood = { code: 550, at: 'rcpt' };
      const id = await sendReset(mail);
      expect(await mail.run(id)).toBe('failed');
      expect(await row(id)).toMatchObject({ state: 'failed', attempts: 1, error_code: 'smtp_550', has_body: false });
    }));

  it('arrives late when the server was away', async () => {
    const sink = await SmtpSink.start();
    const { url } = sink;
    await sink.stop();
    const mail = post({ smtp_url: url });
    const id = await sendReset(mail);
    expect(await mail.run(id)).toBe('retried');
    expect(await row(id)).toMatchObject({ state: 'queued', has_body: true, error_code: expect.stringMatching(/^smtp_e[a-z]+$/) });
    expect(await mail.sender.health()).toBe('unhealthy');
    expect(mail.destination.lines.join('')).not.toContain('marguerite');
  });

  it('does not wait for a server that hangs', () =>
    withSink({}, async (sink) => {
      sink.mood = 'hang';
      const mail = post({ smtp_url: sink.url }, new SmtpTransport(smtpOptions(sink.url), 300));
      const id = await sendReset(mail);
      const begun = Date.now();
      expect(await mail.run(id)).toBe('retried');
      expect(Date.now() - begun).toBeLessThan(5_000);
      expect(await row(id)).toMatchObject({ state: 'queued', error_code: 'smtp_etimedout' });
    }));

  it('sends nothing to a server whose certificate nobody signed, nor a password that is wrong', async () => {
    await withSink({ untrusted_tls: true }, async (sink) => {
      const mail = post({ smtp_url: sink.url });
      const id = await sendReset(mail);
      expect(await mail.run(id)).toBe('retried');
      expect(sink.mails).toEqual([]);
    });
    await withSink({ user: 'a', password: 'right' }, async (sink) => {
      const mail = post({ smtp_url: sink.url.replace('right', 'wrong') });
      const id = await sendReset(mail);
      expect(await mail.run(id)).toBe('retried');
      expect(await row(id)).toMatchObject({ state: 'queued', error_code: 'smtp_535' });
    });
  });

  it('is fenced: a worker whose lease is over writes nothing', () =>
    withSink({}, async (sink) => {
      const mail = post({ smtp_url: sink.url });
      sink.mood = 'hang';
      const slow = post({ smtp_url: sink.url }, new SmtpTransport(smtpOptions(sink.url), 400));
      const id = await sendReset(slow);
      const first = slow.run(id);
      await eventually(async () => (await row(id)).state === 'sending');
      await owner.query(`update mail_messages set lease_until = now() - interval '1 s' where mail_message_id = $1`, [id]);
      sink.mood = 'accept';
      expect(await mail.run(id)).toBe('done');
      expect(await first).toBe('lost');
      expect(await row(id)).toMatchObject({ state: 'sent', attempts: 2 });
    }));

  it('finds what is due: queued and waiting, or left by a dead worker', async () => {
    const mail = post();
    const [queued, dead, later] = [await sendReset(mail), await sendReset(mail), await sendReset(mail)];
    await owner.query(`update mail_messages set state = 'sending', lease_until = now() - interval '1 s' where mail_message_id = $1`, [
      dead,
    ]);
    await owner.query(`update mail_messages set next_run_at = now() + interval '1 h' where mail_message_id = $1`, [later]);
    const scope = makePlatformScope({ actor: { type: 'system', id: 'spec' }, request_id: newId() });
    const due = await platform.query<{ mail_message_id: string }>(scope, mailSend.due, [10]);
    expect(due.map(({ mail_message_id }) => mail_message_id).sort()).toEqual([queued, dead].sort());
    expect(await platform.query(scope, mailSend.due, [1])).toHaveLength(1);
  });
});

describe('the mailbox', () => {
  it('shows mails from the commit on, newest first, and keeps them when they are "sent"', async () => {
    const mail = post();
    const first = await sendReset(mail, 'A@harbour.example');
    const second = await sendReset(mail, 'b@harbour.example');
    expect(await mail.run(first)).toBe('done');
    expect(await row(first)).toMatchObject({ state: 'sent', has_body: true, provider_message_id: 'mailbox' });
    expect((await mail.mailbox.list()).map(({ mail_message_id }) => mail_message_id)).toEqual([second, first]);
    expect(await mail.mailbox.list({ to: 'a@HARBOUR.example' })).toEqual([
      {
        mail_message_id: first,
        to_email: 'A@harbour.example',
        template: 'spec.reset',
        subject: 'Neues Passwort für Zoë',
        created_at: expect.any(Date),
        links: [`https://tenantry.example/reset#${CANARY}`],
      },
    ]);
    expect((await mail.mailbox.list({ after: first })).map(({ mail_message_id }) => mail_message_id)).toEqual([second]);
    expect((await mail.mailbox.list({ before: second, limit: 5 })).map(({ mail_message_id }) => mail_message_id)).toEqual([first]);
    expect(await mail.mailbox.list({ template: 'spec.other' })).toEqual([]);
    expect((await mail.mailbox.latest('b@harbour.example'))?.html).toContain(CANARY);
    expect(await mail.mailbox.latest('nobody@harbour.example')).toBeNull();
    await expect(mail.mailbox.get(newId())).rejects.toMatchObject({ code: 'not_found' });
    expect(await mail.mailbox.clear()).toBe(2);
    expect(await mail.mailbox.list()).toEqual([]);
  });

  it('keeps bodies for seven days', async () => {
    const mail = post();
    const [old, young] = [await sendReset(mail), await sendReset(mail)];
    await mail.run(old);
    await mail.run(young);
    await owner.query(`update mail_messages set created_at = now() - interval '7 days 1 minute' where mail_message_id = $1`, [old]);
    const scope = makePlatformScope({ actor: { type: 'system', id: 'spec' }, request_id: newId() });
    expect(await mail.sender.purge(scope)).toBe(1);
    expect([(await row(old)).has_body, (await row(young)).has_body]).toEqual([false, true]);
  });
});

describe('production without a mail server', () => {
  it('holds mails, says so at the start, and sends them when there is one', () =>
    withSink({}, async (sink) => {
      const held = post({ production: true });
      const id = await sendReset(held);
      expect(held.armed).toEqual([]);
      expect(await held.run(id)).toBe('not_due');
      expect(await row(id)).toMatchObject({ state: 'held', has_body: true });
      await held.sender.prepare();
      expect(held.destination.parsed()).toContainEqual(expect.objectContaining({ level: 'warn', held: 1 }));
      expect(await held.sender.health()).toBe('disabled');
      const later = post({ production: true, smtp_url: sink.url });
      await later.sender.prepare();
      expect(await later.run(id)).toBe('done');
      expect(sink.mails).toHaveLength(1);
    }));
});
