import { PassThrough } from 'node:stream';
import os from 'node:os';
import { runCommand } from '../../apps/api/src/boot/commands.js';
import { UsageError } from '../../apps/api/src/boot/usage-error.js';
import { readSecret } from '../../apps/api/src/boot/secret-input.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { auditsOf } from '../support/records.js';
import { world, type World } from '../support/world.js';

jest.setTimeout(60_000);

const PASSWORD = 'Copper-kettle-61!';
const REASON = 'asked for by telephone';
const ME = `cli:${os.userInfo().username}`;

let w: World;
/** What whoever sits at the terminal answers when asked for a secret. */
let typed = '';
beforeAll(async () => {
  w = await world({ own_database: `cli_${process.pid}`, env: { PLATFORM_HOSTS: 'localhost' } });
}, 60_000);

/** As `tenantry <words>` on the machine of the service. */
async function tenantry(...words: string[]): Promise<{ code: number; out: string[] }> {
  const out: string[] = [];
  const code = await runCommand(
    words,
    w.runtime.config,
    (line) => out.push(line),
    () => Promise.resolve(typed),
  );
  return { code, out };
}

it('makes a tenant at once, lists it, suspends and resumes it, in the name of the account of the operating system', async () => {
  const slug = `c${newId().slice(-10)}`;
  const email = `${slug}@example.com`;
  const made = await tenantry('tenant', 'create', '--name', 'By hand', '--slug', slug, '--template', 'retail', '--owner', email);
  expect(made).toMatchObject({ code: 0, out: [expect.stringMatching(new RegExp(`^[0-9a-f-]{36}  ${slug}  active$`))] });
  const tenant_id = made.out[0]?.slice(0, 36) ?? '';
  expect(await w.mail.token(email)).toMatch(/^tninv_/);
  expect((await tenantry('tenant', 'list', '--q', slug)).out).toEqual([`${tenant_id}  ${slug}  active  0  By hand`]);
  expect(JSON.parse((await tenantry('tenant', 'list', '--status', 'suspended', '--json')).out[0] ?? '')).toEqual([]);
  expect((await tenantry('tenant', 'suspend', slug, '--reason', REASON)).out).toEqual([`${tenant_id}  ${slug}  suspended`]);
  expect(await tenantry('tenant', 'suspend', slug, '--reason', REASON)).toEqual({
    code: 1,
    out: ['invalid_transition: The state does not allow this change.'],
  });
  expect((await tenantry('tenant', 'resume', tenant_id, '--reason', REASON)).out).toEqual([`${tenant_id}  ${slug}  active`]);
  for (const log of [tenant_id, PLATFORM_SCOPE_ID])
    expect((await auditsOf(w, log, 'tenant.suspended'))[0]).toMatchObject({ actor: { type: 'system', id: ME }, reason: REASON });
  expect((await auditsOf(w, tenant_id, 'tenant.created'))[0]?.actor.id).toBe(ME);
});

it('makes a member of the staff and sets a first password, which has to be changed', async () => {
  const email = `cli.${newId().slice(-8)}@tenantry.example`;
  const made = await tenantry('staff', 'create', email, '--role', 'superuser', '--reason', REASON);
  expect(made).toMatchObject({ code: 0, out: [expect.stringMatching(new RegExp(`  ${email}  superuser$`))] });
  typed = 'short';
  const weak = await tenantry('staff', 'set-password', email, '--reason', REASON);
  expect(weak.code).toBe(1);
  expect(weak.out[0]).toBe('password_refused: The password does not meet the rules.');
  typed = PASSWORD;
  expect((await tenantry('staff', 'set-password', email, '--reason', REASON)).code).toBe(0);
  const { body } = await w
    .request()
    .post('/api/v1/platform/auth/login')
    .set('host', 'localhost')
    .send({ email, password: PASSWORD })
    .expect(200);
  expect(body.next).toBe('change_password');
  expect((await auditsOf(w, PLATFORM_SCOPE_ID, 'platform.password_changed'))[0]).toMatchObject({ actor: { id: ME }, reason: REASON });
  expect((await auditsOf(w, PLATFORM_SCOPE_ID, 'staff.created'))[0]?.actor.id).toBe(ME);
});

it('takes a second factor away and really ends sessions', async () => {
  const acme = await w.tenant();
  const [ana, ben] = [await acme.user(), await acme.user()];
  expect((await tenantry('user', 'reset-mfa', ana.email.toUpperCase(), '--reason', REASON)).code).toBe(0);
  await ana.get('/auth/me').expect(401);
  expect((await auditsOf(w, acme.tenant_id, 'auth.mfa_reset'))[0]).toMatchObject({ actor: { id: ME } });
  await ben.get('/auth/me').expect(200);
  expect(await tenantry('sessions', 'revoke', '--user', ben.email, '--reason', REASON)).toEqual({ code: 0, out: ['1 ended'] });
  await ben.get('/auth/me').expect(401);
  const again = await acme.session(ben);
  expect((await tenantry('sessions', 'revoke', '--tenant', acme.slug, '--reason', REASON)).out).toEqual(['1 ended']);
  await again.get('/auth/me').expect(401);
});

it('says what is wrong with a command line, and refuses like the routes do', async () => {
  for (const words of [
    ['tenant', 'create', '--name', 'x'],
    ['tenant', 'suspend', '--reason', REASON],
    ['tenant', 'suspend', 'a', 'b', '--reason', REASON],
    ['tenant', 'list', '--nope'],
    ['staff', 'create', 'a@b.example', '--role', 'king', '--reason', REASON],
    ['sessions', 'revoke', '--reason', REASON],
    ['sessions', 'revoke', '--all', '--tenant', 'x', '--reason', REASON],
    ['tenant', 'fly'],
  ])
    await expect(tenantry(...words)).rejects.toBeInstanceOf(UsageError);
  const acme = await w.tenant();
  expect((await tenantry('tenant', 'suspend', acme.slug, '--reason', 'short')).out).toEqual(['reason_required: Give a reason of at least 10 characters.']); // prettier-ignore
  expect((await tenantry('tenant', 'suspend', 'nobody-there', '--reason', REASON)).out).toEqual(['not_found: Not found.']);
  expect((await tenantry('user', 'reset-mfa', 'nobody@example.com', '--reason', REASON)).code).toBe(1);
  expect((await tenantry('--help')).out.filter((line) => /^tenantry (tenant|staff|user|sessions) /.test(line))).toHaveLength(8);
});

it('reads a password from standard input: one line, of a pipe', async () => {
  const pipe = (text: string) => Object.assign(new PassThrough(), { isTTY: false }).end(text) as unknown as NodeJS.ReadStream;
  expect(await readSecret('', pipe(`${PASSWORD}\nmore\n`))).toBe(PASSWORD);
  expect(await readSecret('', pipe(PASSWORD))).toBe(PASSWORD);
  expect(await readSecret('', pipe(''))).toBe('');
});
