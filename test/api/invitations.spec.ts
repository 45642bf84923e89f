import { Invitations } from '../../apps/api/src/modules/invitations/index.js';
import { ALL_STORES, Roles } from '../../apps/api/src/modules/rbac/index.js';
import type { TenantId } from '../../libs/contracts/ids.js';
import { newId, sha256 } from '../../libs/platform/crypto/index.js';
import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { JobRunner, platformScope, Schedules } from '../../libs/platform/queue/index.js';
import { withClient } from '../support/migrate.js';
import { auditsOf, eventsOf } from '../support/records.js';
import { clientOf, type TestTenant, type TestUser } from '../support/test-tenant.js';
import { CRON_KEY, world, type World } from '../support/world.js';

const ALL = { mode: 'all' as const, store_ids: [] };
const some = (...store_ids: (string | undefined)[]) => ({
  mode: 'selected' as const,
  store_ids: store_ids.filter((id) => id !== undefined),
});
const PASSWORD = 'Correct-Horse-7';
const HOUR = 3_600_000;
const statusOf = sql`select status, accepted_user_id from invitations where tenant_id = $1 and invitation_id = $2`;
const tokenRows = sql`select credential_hash, kind, tenant_id from credential_index where ref_id = $1`;
const setTenant = sql`update tenants set status = $2 where tenant_id = $1`;
const setSeats = sql`update entitlements set limits = jsonb_set(limits, '{max_users}', to_jsonb($2::int)) where tenant_id = $1`;
const usersOf = sql`select user_id from users where email_normalized = $1`;
const everything = sql`
  select 'audit' as place, canonical as text from audit_events where tenant_id = $1
  union all select 'personal', fields::text from audit_personal where tenant_id = $1
  union all select 'event', body from events where tenant_id = $1
  union all select 'decision', concat_ws(' ', route, user_agent) from rbac_audit_log where tenant_id = $1
  union all select 'invitation', i::text from invitations i where tenant_id = $1
  union all select 'mail', concat_ws(' ', subject, to_email, body_sealed) from mail_messages where tenant_id = $1`;

describe('invitations', () => {
  let w: World;
  beforeAll(async () => {
    // Behind a proxy each call may come from an address of its own, so that the limit of one address is met only where a test wants it.
    w = await world({ env: { TRUST_PROXY: '127.0.0.1,::1,::ffff:127.0.0.1' } });
  }, 60_000);
  afterEach(() => w.clock.reset());

  const platform = <R>(statement: Parameters<PlatformDb['query']>[1], params: Parameters<PlatformDb['query']>[2]): Promise<R[]> =>
    w.app.get(PlatformDb, { strict: false }).query<R>(platformScope('test'), statement, params);
  let calls = 0;
  const address = (): string => `198.51.${Math.floor(calls / 250) % 250}.${(calls++ % 250) + 1}`;
  const anonymous = (method: 'get' | 'post', path: string, ip = address()) =>
    w.request()[method](`/api/v1${path}`).set('host', 'localhost').set('x-forwarded-for', ip);
  const accept = (body: object, token?: string) => {
    const request = anonymous('post', '/auth/accept-invitation');
    return (token ? request.set('authorization', `Bearer ${token}`) : request).send(body);
  };
  const preview = (token: string, ip?: string) => anonymous('get', `/auth/invitation/${token}`, ip);
  const mailbox = (): string => `i${newId().slice(-12)}@example.com`;
  const status = async (tenant: TestTenant, id: string): Promise<string | undefined> =>
    (await platform<{ status: string }>(statusOf, [tenant.tenant_id, id]))[0]?.status;

  it('[000-17] [000-19] makes a pending invitation with role and stores; neither token nor hash is anywhere but in the mail', async () => {
    const acme = await w.tenant({ stores: ['AA'] });
    const owner = await acme.user();
    const email = mailbox();
    const { body } = await owner
      .post('/admin/invitations', { email, role: 'Manager', store_scope: some(acme.stores['AA']), message: 'Hello there' })
      .expect(201);
    expect(body).toMatchObject({
      email,
      role: { code: 'manager' },
      store_scope: some(acme.stores['AA']),
      status: 'pending',
      sent_count: 1,
      invited_by: owner.user_id,
      message: 'Hello there',
    });
    const token = await w.mail.token(email);
    expect(token).toMatch(/^tninv_[0-9A-Za-z]{43}$/);
    const mail = await w.mail.latest(email);
    expect(mail.links[0]).toContain('/invite#tninv_');
    expect(mail.text).toContain('Hello there');

    // Only the SHA-256 of 256 random bits is stored.
    const [row] = await platform<{ credential_hash: Buffer; kind: string }>(tokenRows, [body.invitation_id]);
    expect(row?.credential_hash.equals(sha256(token))).toBe(true);
    await preview(token).expect(200);
    const list = JSON.stringify((await owner.get('/admin/invitations').expect(200)).body);
    const stored = await platform<{ place: string; text: string }>(everything, [acme.tenant_id]);
    const secrets = [token, token.slice(6), sha256(token).toString('hex'), sha256(token).toString('base64url')];
    for (const secret of secrets) {
      expect(list).not.toContain(secret);
      expect(JSON.stringify(body)).not.toContain(secret);
      expect(stored.filter(({ text }) => text.includes(secret)).map(({ place }) => place)).toEqual([]);
      expect(w.logs.lines.filter((line) => line.includes(secret))).toEqual([]);
    }
    expect((await auditsOf(w, acme.tenant_id, 'invitation.created'))[0]?.targets[0]?.id).toBe(body.invitation_id);
    expect((await eventsOf(w, acme.tenant_id, 'invitation.created'))[0]?.data).toEqual({
      invitation_id: body.invitation_id,
      email,
      role_id: body.role.role_id,
    });
  });

  it('[000-26] [000-28] create → mail → look twice → accept → signed in with the role and the stores of the invitation', async () => {
    const acme = await w.tenant({ stores: ['AA'], name: 'Acme' });
    const owner = await acme.user();
    const email = mailbox();
    const { body: invitation } = await owner
      .post('/admin/invitations', { email, role: 'manager', store_scope: some(acme.stores['AA']) })
      .expect(201);
    const token = await w.mail.token(email);
    for (let i = 0; i < 2; i++) {
      const { body } = await preview(token).expect(200);
      expect(body).toEqual({ email, role: 'Manager', tenant_name: 'Acme', expires_at: invitation.expires_at, account_exists: false });
    }
    const { body } = await accept({ token, display_name: 'New Person', password: PASSWORD }).expect(200);
    expect(body).toMatchObject({
      next: null,
      user: { email, display_name: 'New Person' },
      tenant: { tenant_id: acme.tenant_id, name: 'Acme' },
      refresh_token: expect.any(String),
    });
    const person = clientOf(w, body.token);
    expect((await person.get('/stores').expect(200)).body.data.map((row: { code: string }) => row.code)).toEqual(['AA']);
    expect((await person.get('/admin/members').expect(403)).body.permission).toBe('users:read');
    await anonymous('post', '/auth/login').send({ email, password: PASSWORD }).expect(200);

    expect((await preview(token).expect(410)).body.code).toBe('invitation_used');
    expect((await accept({ token, password: PASSWORD }).expect(410)).body.code).toBe('invitation_used');
    expect((await preview(`tninv_${'a'.repeat(43)}`).expect(404)).body.code).toBe('not_found');
    expect((await preview('nonsense').expect(404)).body.code).toBe('not_found');
    const { data } = (await owner.get('/admin/invitations?status=ACCEPTED').expect(200)).body;
    expect(data[0]).toMatchObject({ invitation_id: invitation.invitation_id, accepted_user_id: body.user.user_id });
    for (const type of ['user.created', 'member.added', 'invitation.accepted'] as const)
      expect(await eventsOf(w, acme.tenant_id, type)).not.toHaveLength(0);
    expect((await auditsOf(w, acme.tenant_id, 'invitation.accepted'))[0]?.targets.map(({ id }) => id)).toEqual([
      invitation.invitation_id,
      body.user.user_id,
    ]);
  });

  it('[000-26] looking up and accepting are limited for each address', async () => {
    const ip = '203.0.113.77';
    const statuses: number[] = [];
    for (let i = 0; i < 21; i++) statuses.push((await preview(`tninv_${'b'.repeat(43)}`, ip)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(404), 429]);
  });

  it('[000-27] of two parallel calls exactly one succeeds, and one account is made', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    for (let round = 0; round < 3; round++) {
      const email = mailbox();
      await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
      const token = await w.mail.token(email);
      const answers = await Promise.all([accept({ token, password: PASSWORD }), accept({ token, password: PASSWORD })]);
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, 410]);
      expect(answers.find((answer) => answer.status === 410)?.body.code).toBe('invitation_used');
      expect(await platform(usersOf, [email])).toHaveLength(1);
    }
  });

  it('a weak password is refused and leaves the invitation open; a new person needs one', async () => {
    const acme = await w.tenant();
    const email = mailbox();
    await (await acme.user()).post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const token = await w.mail.token(email);
    const weak = await accept({ token, password: 'password' }).expect(422);
    expect(weak.body.code).toBe('password_refused');
    expect(weak.body.errors[0].field).toBe('/password');
    expect((await accept({ token }).expect(400)).body.errors[0]).toMatchObject({ field: '/password', code: 'required' });
    await accept({ token, password: PASSWORD }).expect(200);
  });

  it('[000-20] is open until the last second of 48 h and 410 from then on, whether or not a job wrote it down', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const email = mailbox();
    const { body } = await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const token = await w.mail.token(email);
    const left = new Date(body.expires_at).getTime() - w.clock.now().getTime();
    expect(left).toBeGreaterThan(48 * HOUR - 5_000);
    w.clock.advance(left - 1_000);
    await preview(token).expect(200);
    w.clock.advance(1_001);
    expect((await preview(token).expect(410)).body.code).toBe('invitation_expired');
    expect((await accept({ token, password: PASSWORD }).expect(410)).body.code).toBe('invitation_expired');
    expect(await status(acme, body.invitation_id)).toBe('pending');
  });

  it('[000-21] a new invitation to the same address revokes the open one, also when several come at once', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const email = mailbox();
    const { body: first } = await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const old = await w.mail.token(email);
    await owner.post('/admin/invitations', { email: email.toUpperCase(), role: 'manager' }).expect(201);
    expect((await preview(old).expect(410)).body.code).toBe('invitation_revoked');
    expect(await status(acme, first.invitation_id)).toBe('revoked');
    const answers = await Promise.all(Array.from({ length: 5 }, () => owner.post('/admin/invitations', { email, role: 'viewer' })));
    expect(answers.map((answer) => answer.status)).toEqual(Array(5).fill(201));
    const { data } = (await owner.get(`/admin/invitations?status=pending&email=${email.slice(0, 8)}`).expect(200)).body;
    expect(data).toHaveLength(1);
  });

  it('does not trip over one that is made outside of these routes at the same time, nor over a name with a line break', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const db = w.app.get(PlatformDb, { strict: false });
    const fromOutside = (email: string): Promise<string> =>
      db.inTenant(platformScope('test'), acme.tenant_id as TenantId, async (tx) => {
        const role = await w.app.get(Roles, { strict: false }).top(tx);
        return w.app.get(Invitations, { strict: false }).create(tx, { email, role, store_scope: ALL_STORES, invited_by: null });
      });
    await owner.patch('/tenant', { name: 'Acme\r\nBcc: all@example.com' }).expect(200);
    for (let round = 0; round < 3; round++) {
      w.clock.advance(61_000); // ten a minute
      const email = mailbox();
      const calls = Array.from({ length: 3 }, () => owner.post('/admin/invitations', { email, role: 'viewer' }));
      const [answers] = await Promise.all([Promise.all(calls), Promise.all(Array.from({ length: 3 }, () => fromOutside(email)))]);
      expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201]);
      const { data } = (await owner.get(`/admin/invitations?status=pending&email=${email}`).expect(200)).body;
      expect(data).toHaveLength(1);
      expect((await w.mail.latest(email)).subject).toContain('Acme Bcc: all@example.com');
    }
  });

  it('of fifty at once with two seats left makes two, and refuses each of the others in words', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    await platform(setSeats, [acme.tenant_id, 3]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => owner.post('/admin/invitations', { email: mailbox(), role: 'viewer' })),
    );
    const counts: Record<string, number> = {};
    for (const { status: code, body } of answers) counts[`${code} ${body.code ?? ''}`] = (counts[`${code} ${body.code ?? ''}`] ?? 0) + 1;
    expect(counts).toEqual({ '201 ': 2, '409 limit_reached': 48 });
  });

  it('[000-22] refuses a permission or a store beyond one’s own, and asks again when it is accepted', async () => {
    const acme = await w.tenant({ stores: ['AA', 'BB'] });
    const owner = await acme.user();
    const { body: lead } = await owner.post('/roles', { name: 'Lead', permissions: ['users:read', 'users:write'] }).expect(201);
    const leader = await acme.user({ role: lead.code });
    const path = `/admin/members/${leader.user_id}`;
    const rights = { assignments: [{ role: 'lead', store_scope: ALL }, { role: 'operator', store_scope: some(acme.stores['AA']) }] }; // prettier-ignore
    await owner.patch(path, rights).expect(200);
    const invite = (role: string, store_scope: object, email = mailbox()) =>
      leader.post('/admin/invitations', { email, role, store_scope });
    expect((await invite('owner', ALL).expect(403)).body.code).toBe('grant_exceeds_own');
    expect((await invite('operator', ALL).expect(403)).body.code).toBe('grant_exceeds_own');
    expect((await invite('operator', some(acme.stores['BB'])).expect(403)).body.code).toBe('grant_exceeds_own');
    expect(await auditsOf(w, acme.tenant_id, 'rbac.grant_refused')).toHaveLength(1);

    const [demoted, removed, widened] = [mailbox(), mailbox(), mailbox()];
    for (const email of [demoted, removed, widened]) await invite('operator', some(acme.stores['AA']), email).expect(201);
    await owner.patch(path, { assignments: [{ role: 'lead', store_scope: ALL }] }).expect(200);
    const lost = await w.mail.token(demoted);
    expect((await accept({ token: lost, password: PASSWORD }).expect(410)).body.code).toBe('invitation_revoked');
    expect((await preview(lost).expect(410)).body.code).toBe('invitation_revoked'); // and it stays so
    expect(await platform(usersOf, [demoted])).toEqual([]);
    await owner.patch(path, rights).expect(200);
    await owner.delete(path).expect(204);
    expect((await accept({ token: await w.mail.token(removed), password: PASSWORD }).expect(410)).body.code).toBe('invitation_revoked');
  });

  it('a role that gained a permission which the inviter lacks is no longer given', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const { body: lead } = await owner
      .post('/roles', { name: 'Lead', permissions: ['users:read', 'users:write', 'orders:read'] })
      .expect(201);
    const { body: clerk } = await owner.post('/roles', { name: 'Clerk', permissions: ['orders:read'] }).expect(201);
    const leader = await acme.user({ role: lead.code });
    const email = mailbox();
    await leader.post('/admin/invitations', { email, role_id: clerk.role_id }).expect(201);
    expect((await owner.delete(`/roles/${clerk.role_id}`).expect(409)).body).toMatchObject({
      code: 'role_in_use',
      members: 0,
      invitations: 1,
    });
    await owner.patch(`/roles/${clerk.role_id}`, { permissions: ['orders:read', 'orders:delete'] }).expect(200);
    expect((await accept({ token: await w.mail.token(email), password: PASSWORD }).expect(410)).body.code).toBe('invitation_revoked');
  });

  it('[000-23] lists newest first, filtered by status and e-mail, in pages', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const emails = [mailbox(), mailbox(), mailbox()];
    for (const email of emails) await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const first = await owner.get('/admin/invitations?limit=2').expect(200);
    const second = await owner.get(`/admin/invitations?limit=2&cursor=${first.body.next_cursor}`).expect(200);
    expect([...first.body.data, ...second.body.data].map((row: { email: string }) => row.email)).toEqual([...emails].reverse());
    expect((await owner.get(`/admin/invitations?email=${emails[1]?.toUpperCase()}`).expect(200)).body.data).toHaveLength(1);
    w.clock.advance(49 * HOUR);
    const later = await acme.user(); // the first one's access token has ended as well
    expect((await later.get('/admin/invitations?status=expired').expect(200)).body.data).toHaveLength(3);
    expect((await later.get('/admin/invitations?status=pending').expect(200)).body.data).toHaveLength(0);
  });

  it('[000-24] revokes an open one, its link then says so; any other state is refused', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const email = mailbox();
    const { body } = await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const token = await w.mail.token(email);
    await owner.delete(`/admin/invitations/${body.invitation_id}`).expect(204);
    expect((await preview(token).expect(410)).body.code).toBe('invitation_revoked');
    expect((await accept({ token, password: PASSWORD }).expect(410)).body.code).toBe('invitation_revoked');
    expect((await owner.delete(`/admin/invitations/${body.invitation_id}`).expect(409)).body.code).toBe('invitation_not_pending');
    expect((await owner.post(`/admin/invitations/${body.invitation_id}/resend`).expect(409)).body.code).toBe('invitation_not_pending');
    expect(await eventsOf(w, acme.tenant_id, 'invitation.revoked')).toHaveLength(1);
    expect(await auditsOf(w, acme.tenant_id, 'invitation.revoked')).toHaveLength(1);
  });

  it('[000-25] sends again with a new token and a new life; the old link is dead, the sixth time is refused', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const email = mailbox();
    const { body } = await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const path = `/admin/invitations/${body.invitation_id}/resend`;
    expect((await owner.post(path).expect(429)).body).toMatchObject({ code: 'rate_limited' });
    for (let sent = 2; sent <= 6; sent++) {
      const old = await w.mail.token(email);
      w.clock.advance(61_000);
      const { body: again } = await owner.post(path).expect(200);
      expect(again.sent_count).toBe(sent);
      expect(new Date(again.expires_at).getTime()).toBeGreaterThan(new Date(body.expires_at).getTime());
      expect((await preview(old).expect(404)).body.code).toBe('not_found');
      await preview(await w.mail.token(email)).expect(200);
    }
    w.clock.advance(61_000);
    expect((await owner.post(path).expect(409)).body.code).toBe('resend_limit');
    expect(await auditsOf(w, acme.tenant_id, 'invitation.resent')).toHaveLength(5);
    await accept({ token: await w.mail.token(email), password: PASSWORD }).expect(200);
  });

  it('[000-29] somebody with an account signs in as that person, gains a membership and keeps the password', async () => {
    const [home, acme] = [await w.tenant(), await w.tenant()];
    const person = await home.user({ role: 'viewer', password: PASSWORD, email: mailbox() });
    const other = await home.user({ role: 'viewer' });
    const owner = await acme.user();
    await owner.post('/admin/invitations', { email: person.email, role: 'manager' }).expect(201);
    const token = await w.mail.token(person.email);
    expect((await preview(token).expect(200)).body.account_exists).toBe(true);
    expect((await accept({ token }).expect(401)).body.code).toBe('sign_in_required');
    expect((await accept({ token, password: 'Wrong-Horse-77' }).expect(401)).body.code).toBe('invalid_credentials');
    expect((await accept({ token }, other.token).expect(409)).body.code).toBe('other_account');
    const { body } = await accept({ token }, person.token).expect(200);
    expect(body).toMatchObject({ user: { user_id: person.user_id }, tenant: { tenant_id: acme.tenant_id } });
    expect(body.tenants.map((tenant: { tenant_id: string }) => tenant.tenant_id).sort()).toEqual([home.tenant_id, acme.tenant_id].sort());
    await clientOf(w, body.token).get('/stores').expect(200);
    await person.get('/stores').expect(200); // the other tab still works
    await anonymous('post', '/auth/login').send({ email: person.email, password: PASSWORD, tenant: acme.tenant_id }).expect(200);
    expect((await owner.post('/admin/invitations', { email: person.email, role: 'viewer' }).expect(409)).body.code).toBe('already_member');
  });

  it('takes the password of an existing account in the same call, and a removed member comes back', async () => {
    const [home, acme] = [await w.tenant(), await w.tenant()];
    const person = await home.user({ role: 'viewer', password: PASSWORD, email: mailbox() });
    const owner = await acme.user();
    const join = async (role: string) => {
      await owner.post('/admin/invitations', { email: person.email, role }).expect(201);
      return (await accept({ token: await w.mail.token(person.email), password: PASSWORD }).expect(200)).body;
    };
    await join('manager');
    await owner.delete(`/admin/members/${person.user_id}`).expect(204);
    const back = await join('viewer');
    const { data } = (await owner.get(`/admin/members?q=${person.email}`).expect(200)).body;
    expect(data).toEqual([
      expect.objectContaining({ user_id: person.user_id, status: 'active', roles: [expect.objectContaining({ code: 'viewer' })] }),
    ]);
    await clientOf(w, back.token).get('/stores').expect(200);
  });

  it('refuses to invite beyond the seats: members and open invitations count', async () => {
    const acme = await w.tenant({ plan: 'free' });
    const owner = await acme.user();
    for (let i = 0; i < 2; i++) await owner.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(201);
    const refused = await owner.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(409);
    expect(refused.body).toMatchObject({ code: 'limit_reached', limit: 'max_users', used: 1, max: 3 });
  });

  it('[000-30] of 20 accepted at once for three seats exactly three succeed, the others stay pending', async () => {
    const acme = await w.tenant({ plan: 'premium' });
    const owner = await acme.user();
    const emails = Array.from({ length: 20 }, mailbox);
    for (const [i, email] of emails.entries()) {
      if (i === 10) w.clock.advance(61_000); // ten a minute
      await owner.post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    }
    const tokens: string[] = [];
    for (const email of emails) tokens.push(await w.mail.token(email));
    await platform(setSeats, [acme.tenant_id, 4]);
    const answers = await Promise.all(tokens.map((token) => accept({ token, password: PASSWORD })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(3).fill(200), ...Array<number>(17).fill(409)]);
    expect(answers.find((answer) => answer.status === 409)?.body).toMatchObject({
      code: 'limit_reached',
      limit: 'max_users',
      used: 4,
      max: 4,
    });
    const { data } = (await owner.get('/admin/invitations?status=pending&limit=100').expect(200)).body;
    expect(data).toHaveLength(17);
    expect((await owner.get('/admin/members?limit=100').expect(200)).body.data).toHaveLength(4);
  }, 60_000);

  it('a suspended tenant lets nobody in, and the invitation stays open', async () => {
    const acme = await w.tenant();
    const email = mailbox();
    const { body } = await (await acme.user()).post('/admin/invitations', { email, role: 'viewer' }).expect(201);
    const token = await w.mail.token(email);
    await platform(setTenant, [acme.tenant_id, 'suspended']);
    expect((await accept({ token, password: PASSWORD }).expect(403)).body.code).toBe('tenant_suspended');
    expect(await status(acme, body.invitation_id)).toBe('pending');
    expect(await platform(usersOf, [email])).toEqual([]);
    await platform(setTenant, [acme.tenant_id, 'active']);
    await accept({ token, password: PASSWORD }).expect(200);
  });

  it('the platform’s own invitation needs no inviter in the tenant', async () => {
    const acme = await w.tenant();
    const email = mailbox();
    const db = w.app.get(PlatformDb, { strict: false });
    await db.inTenant(platformScope('test'), acme.tenant_id as TenantId, async (tx) => {
      const role = await w.app.get(Roles, { strict: false }).top(tx);
      await w.app.get(Invitations, { strict: false }).create(tx, { email, role, store_scope: ALL_STORES, invited_by: null });
    });
    const { body } = await accept({ token: await w.mail.token(email), password: PASSWORD }).expect(200);
    const first = clientOf(w, body.token);
    const { data } = (await first.get('/admin/invitations').expect(200)).body;
    expect(data[0]).toMatchObject({ email, invited_by: null, status: 'accepted', role: { code: 'owner' } });
  });

  it('the owner of a new tenant is invited to its top role, or a member at once if there is an account', async () => {
    const staff = await w.staff('superuser');
    const make = async (email: string): Promise<string> => {
      const subdomain = `o${newId().slice(-12)}`;
      const { body } = await staff.post('/platform/tenants', { name: 'Owned', subdomain, owner: { email, name: 'Own Er' } }).expect(201);
      await w.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id: body.provisioning_job_id });
      return body.tenant_id;
    };
    const email = mailbox();
    const invited = await make(email);
    const { body } = await accept({ token: await w.mail.token(email), password: PASSWORD }).expect(200);
    expect(body.tenant).toMatchObject({ tenant_id: invited, status: 'active' });
    expect(body.tenants[0].roles).toEqual([expect.objectContaining({ code: 'admin' })]); // the top role of the pack "inventory"
    const second = await make(email);
    const { body: both } = await anonymous('post', '/auth/login').send({ email, password: PASSWORD, tenant: second }).expect(200);
    const { data } = (await clientOf(w, both.token).get('/admin/members').expect(200)).body;
    expect(data).toEqual([expect.objectContaining({ email, roles: [expect.objectContaining({ code: 'admin', store_scope: ALL })] })]);
  });

  describe('POST /admin/invitations/bulk', () => {
    const bulk = (user: TestUser, ...invitations: object[]) => user.post('/admin/invitations/bulk', { invitations });

    it('invites each by itself: what one is refused for does not stop the others', async () => {
      const acme = await w.tenant({ stores: ['AA'] });
      const owner = await acme.user();
      const { body: lead } = await owner
        .post('/roles', { name: 'Lead', permissions: ['users:read', 'users:write', 'orders:read'] })
        .expect(201);
      await owner.post('/roles', { name: 'Clerk', permissions: ['orders:read'] }).expect(201);
      const leader = await acme.user({ role: lead.code });
      const member = await acme.user({ role: 'viewer' });
      const [first, last] = [mailbox(), mailbox()];
      const { body } = await bulk(
        leader,
        { email: first, role: 'clerk', message: 'Welcome' },
        { email: mailbox(), role: 'owner' },
        { email: mailbox(), role: 'nobody' },
        { email: member.email, role: 'clerk' },
        { email: mailbox(), role: 'clerk', store_scope: some(newId()) },
        { email: last, role: 'clerk' },
      ).expect(200);
      expect(body).toMatchObject({ invited: 2, refused: 4 });
      const codes = body.data.map(({ refusal }: { refusal: { code: string } | null }) => refusal?.code ?? null);
      expect(codes).toEqual([null, 'grant_exceeds_own', 'unknown_role', 'already_member', 'not_found', null]);
      expect(body.data[1].refusal.missing).toContain('users:admin');
      expect(body.data[0].invitation).toMatchObject({ email: first, status: 'pending', role: { code: 'clerk' }, message: 'Welcome' });
      // What was refused left nothing; what was not is whole.
      const { data } = (await owner.get('/admin/invitations').expect(200)).body;
      expect(data.map((row: { email: string }) => row.email).sort()).toEqual([first, last].sort());
      expect(await auditsOf(w, acme.tenant_id, 'invitation.created')).toHaveLength(2);
      expect(await eventsOf(w, acme.tenant_id, 'invitation.created')).toHaveLength(2);
      expect(await auditsOf(w, acme.tenant_id, 'rbac.grant_refused')).toHaveLength(1);
      await accept({ token: await w.mail.token(last), password: PASSWORD }).expect(200);
      expect(JSON.stringify(body)).not.toContain('tninv_');
    });

    it('takes the seats that are left and refuses the rest, counts once for the minute and each for the day', async () => {
      const acme = await w.tenant({ plan: 'free' });
      const owner = await acme.user();
      const three = () => Array.from({ length: 3 }, () => ({ email: mailbox(), role: 'viewer' }));
      const { body } = await bulk(owner, ...three()).expect(200);
      expect(body.data.map(({ refusal }: { refusal: { code: string } | null }) => refusal?.code ?? null)).toEqual([
        null,
        null,
        'limit_reached',
      ]);

      const big = await w.tenant();
      const chief = await big.user();
      const many = (n: number) => Array.from({ length: n }, () => ({ email: mailbox(), role: 'viewer' }));
      expect((await bulk(chief, ...many(100)).expect(200)).body).toMatchObject({ invited: 100, refused: 0 });
      expect((await bulk(chief, ...many(1)).expect(429)).headers['retry-after']).toBe('60');
      await chief.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(429);
      w.clock.advance(61_000);
      expect((await bulk(chief, ...many(99)).expect(200)).body.invited).toBe(99);
      w.clock.advance(61_000);
      const { body: last } = await bulk(chief, ...many(3)).expect(200);
      expect(last.data.map(({ refusal }: { refusal: { code: string } | null }) => refusal?.code ?? null)).toEqual([
        null,
        'rate_limited',
        'rate_limited',
      ]);
      expect((await chief.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(429)).headers['retry-after']).toBe(
        '3600',
      );
    }, 60_000);

    it('refuses an address twice, an empty list and more than a hundred; the same call again invites nobody twice', async () => {
      const acme = await w.tenant();
      const owner = await acme.user();
      const email = mailbox();
      const twice = await bulk(owner, { email, role: 'viewer' }, { email: email.toUpperCase(), role: 'manager' }).expect(400);
      expect(twice.body.errors).toEqual([expect.objectContaining({ field: '/invitations/1/email', code: 'duplicate' })]);
      await bulk(owner).expect(400);
      await bulk(owner, ...Array.from({ length: 101 }, () => ({ email: mailbox(), role: 'viewer' }))).expect(400);
      const bad = await bulk(owner, { email, role: 'viewer' }, { email: 'x', role: 'viewer' }).expect(400);
      expect(bad.body.errors[0].field).toBe('/invitations/1/email');
      const send = () => bulk(owner, { email, role: 'viewer' }).set('idempotency-key', `bulk-${'0'.repeat(16)}`);
      const first = await send().expect(200);
      const again = await send().expect(200);
      expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
      expect((await owner.get('/admin/invitations').expect(200)).body.data).toHaveLength(1);
      await (await acme.user({ role: 'viewer' })).post('/admin/invitations/bulk', { invitations: [{ email, role: 'viewer' }] }).expect(403);
    });
  });

  describe('POST /cron/expire-invitations', () => {
    const cron = (key: string | null = CRON_KEY) => {
      const request = w.request().post('/api/cron/expire-invitations').set('host', 'localhost');
      return key === null ? request : request.set('x-cron-key', key);
    };

    it('[000-11] writes down what is overdue, audits each, and finds nothing the second time', async () => {
      const [acme, other] = [await w.tenant(), await w.tenant()];
      const owner = await acme.user();
      const make = async (user: TestUser): Promise<string> =>
        (await user.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(201)).body.invitation_id;
      const old = [await make(owner), await make(owner), await make(await other.user())];
      const revoked = await make(owner);
      await owner.delete(`/admin/invitations/${revoked}`).expect(204);
      w.clock.advance(49 * HOUR);
      const young = await make(await acme.user());
      const { body } = await cron().expect(200);
      expect(body).toEqual({ processed: expect.any(Number), failed: 0, remaining: 0, duration_ms: expect.any(Number) });
      expect(body.processed).toBeGreaterThanOrEqual(3); // the other tests have left some behind
      expect([await status(acme, String(old[0])), await status(acme, String(old[1])), await status(other, String(old[2]))]).toEqual(
        Array(3).fill('expired'),
      );
      expect([await status(acme, revoked), await status(acme, young)]).toEqual(['revoked', 'pending']);
      const audits = await auditsOf(w, acme.tenant_id, 'invitation.expired');
      expect(audits.map(({ targets }) => targets[0]?.id).sort()).toEqual([old[0], old[1]].sort());
      expect(audits[0]?.actor).toEqual(expect.objectContaining({ type: 'system', id: 'invitations.expire' }));
      expect((await cron().expect(200)).body).toMatchObject({ processed: 0, failed: 0, remaining: 0 });
      expect(await auditsOf(w, other.tenant_id, 'invitation.expired')).toHaveLength(1);
    });

    it('is the daily schedule of 02:00, runs once at a time, and is for the key of the cron', async () => {
      const schedules = w.app.get(Schedules, { strict: false });
      expect(schedules.definitions.find(({ name }) => name === 'invitations.expire')).toMatchObject({ cron: '0 2 * * *' });
      await platform(sql`update schedules set last_started_at = clock_timestamp(), last_finished_at = null where name = $1`, [
        'invitations.expire',
      ]);
      expect((await cron().expect(202)).body).toEqual({ skipped: 'running' });
      await platform(sql`update schedules set last_finished_at = clock_timestamp() where name = $1`, ['invitations.expire']);
      await cron().expect(200);
      await cron(null).expect(401);
      await cron('another-key-0123456789abcdef-0123').expect(401);
    });

    it('goes on where one tenant fails, and leaves that one for the next time', async () => {
      const [good, bad] = [await w.tenant(), await w.tenant()];
      const make = async (tenant: TestTenant): Promise<string> =>
        (await (await tenant.user()).post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(201)).body.invitation_id;
      const [one, two] = [await make(good), await make(bad)];
      w.clock.advance(49 * HOUR);
      await withClient(w.database.superUrl, async (client) => {
        await client.query(`create function refuse_expiry() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$`);
        await client.query(`create trigger planted before update on invitations for each row when (new.tenant_id = '${bad.tenant_id}') execute function refuse_expiry()`);
      }); // prettier-ignore
      try {
        expect((await cron().expect(200)).body).toMatchObject({ failed: 1 });
        expect([await status(good, one), await status(bad, two)]).toEqual(['expired', 'pending']);
      } finally {
        await withClient(w.database.superUrl, (client) =>
          client.query('drop trigger planted on invitations; drop function refuse_expiry()'),
        );
      }
      expect((await cron().expect(200)).body).toMatchObject({ processed: 1, failed: 0 });
    });
  });

  it('an invitation of another tenant is not there; ten a minute are enough', async () => {
    const [acme, other] = [await w.tenant(), await w.tenant()];
    const owner = await acme.user();
    const { body } = await (await other.user()).post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(201);
    await owner.delete(`/admin/invitations/${body.invitation_id}`).expect(404);
    await owner.post(`/admin/invitations/${body.invitation_id}/resend`).expect(404);
    await owner.post('/admin/invitations', { email: mailbox(), role: 'viewer', store_scope: some(newId()) }).expect(404);
    await owner.post('/admin/invitations', { email: mailbox(), role_id: body.role.role_id }).expect(404);
    expect((await owner.post('/admin/invitations', { email: mailbox(), role: 'nobody' }).expect(400)).body.code).toBe('unknown_role');
    for (let i = 0; i < 10; i++) await owner.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(201);
    const refused = await owner.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(429);
    expect(refused.body.code).toBe('rate_limited');
    expect(refused.headers['retry-after']).toBe('60');
    const viewer = await acme.user({ role: 'viewer' });
    await viewer.get('/admin/invitations').expect(403);
    await viewer.post('/admin/invitations', { email: mailbox(), role: 'viewer' }).expect(403);
  });
});
