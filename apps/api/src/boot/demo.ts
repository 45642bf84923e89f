import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { Mailbox, mailDriver } from '#platform/mail/index.js';
import { JobRunner } from '#platform/queue/index.js';
import type { DemoAccount, DemoAccounts, Runtime } from '#platform/runtime.js';
import { DEMO_ITEMS } from './demo-items.js';
import { hasNoTenant } from './tenant-count.js';

export const DEMO_STAFF_EMAIL = 'staff@tenantry.example';

export interface Demo {
  readonly accounts: DemoAccounts;
  /** Fills an empty database; a database with tenants stays as it is. */
  ensure(app: NestFastifyApplication, runtime: Runtime): Promise<void>;
}

/** The demo of specs/platform.md §11. null without a password: production, `--no-demo`, or a start that brings no secrets of its own. */
export function createDemo(password: string | null): Demo | null {
  if (!password) return null;
  const account = (label: string, email: string, tenant_slug: string | null): DemoAccount => ({
    label,
    email,
    password,
    realm: tenant_slug ? 'tenant' : 'platform',
    tenant_slug,
  });
  return {
    accounts: [
      account('Platform staff', DEMO_STAFF_EMAIL, null),
      account('Owner of Harbour Retail', 'owner@harbour.example', 'harbour'),
      account('Cashier of Harbour Retail', 'cashier@harbour.example', 'harbour'),
      account('Manager of one store of Harbour Retail', 'manager@harbour.example', 'harbour'),
      account('Auditor of Harbour Retail', 'auditor@harbour.example', 'harbour'),
      account('Owner of Meadow Impact', 'owner@meadow.example', 'meadow'),
    ],
    ensure: async (app, runtime) => {
      if (mailDriver(runtime.config) === 'mailbox' && (await hasNoTenant(runtime))) await new DemoScript(app, password).run();
    },
  };
}

/** Its calls are not those of the person who opens the browser next: sign-in limits count by address. */
const ADDRESS = '127.0.0.2';

interface Person {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly store?: string;
}

/** Makes the demo as people would: through the API, with invitations that arrive by mail. */
class DemoScript {
  constructor(
    private readonly app: NestFastifyApplication,
    private readonly password: string,
  ) {}

  async run(): Promise<void> {
    const staff = await this.call('POST', '/platform/auth/login', { email: DEMO_STAFF_EMAIL, password: this.password });
    const harbour = await this.tenant(String(staff['token']), 'Harbour Retail', 'harbour', 'retail', {
      email: 'owner@harbour.example',
      name: 'Olena Harbour',
    });
    const main = await this.storeId(harbour, 'MAIN');
    const pier = await this.call('POST', '/stores', { code: 'PIER', name: 'Pier' }, harbour);
    const permissions = (await this.call('GET', '/rbac/permissions', undefined, harbour)) as unknown as {
      data: { permission: string; permission_id?: string }[];
    };
    const readable = permissions.data.map((entry) => entry.permission_id ?? entry.permission).filter((name) => name.endsWith(':read'));
    await this.call(
      'POST',
      '/roles',
      { name: 'Auditor', description: 'Reads everything, changes nothing', permissions: [...readable, 'audit:export'] },
      harbour,
    );
    const people: readonly Person[] = [
      { email: 'manager@harbour.example', name: 'Marta Pier', role: 'manager', store: String(pier['store_id']) },
      { email: 'cashier@harbour.example', name: 'Karl Main', role: 'cashier', store: main },
      { email: 'auditor@harbour.example', name: 'Ada Control', role: 'Auditor' },
      { email: 'former@harbour.example', name: 'Former Cashier', role: 'cashier', store: main },
    ];
    for (const person of people) await this.join(harbour, person);
    await this.suspend(harbour, 'former@harbour.example');
    await this.invite(harbour, { email: 'new.cashier@harbour.example', name: '', role: 'cashier', store: main });
    for (const item of DEMO_ITEMS) await this.call('POST', '/products', item, harbour);

    const meadow = await this.tenant(String(staff['token']), 'Meadow Impact', 'meadow', 'cockpit', {
      email: 'owner@meadow.example',
      name: 'Oskar Meadow',
    });
    await this.join(meadow, { email: 'manager@meadow.example', name: 'Mila Meadow', role: 'manager' });
    await this.join(meadow, { email: 'viewer@meadow.example', name: 'Vera Meadow', role: 'viewer' });
    await this.invite(meadow, { email: 'auditor@harbour.example', name: '', role: 'viewer' });
    await this.call('POST', '/auth/accept-invitation', {
      token: await this.invitation('auditor@harbour.example'),
      password: this.password,
    });
  }

  /** @returns the owner's token */
  private async tenant(
    staff: string,
    name: string,
    subdomain: string,
    template_code: string,
    owner: { email: string; name: string },
  ): Promise<string> {
    const { provisioning_job_id } = await this.call(
      'POST',
      '/platform/tenants',
      { name, subdomain, template_code, plan_code: 'enterprise', owner },
      staff,
    );
    await this.app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id: String(provisioning_job_id) });
    await this.until(
      async () =>
        (await this.call('GET', `/ops/provisioning/jobs/${String(provisioning_job_id)}`, undefined, staff))['state'] === 'succeeded',
    );
    return this.accept(owner.email, owner.name);
  }

  private async join(owner: string, person: Person): Promise<void> {
    await this.invite(owner, person);
    await this.accept(person.email, person.name);
  }

  private async invite(owner: string, { email, role, store }: Person): Promise<void> {
    const store_scope = store ? { mode: 'selected', store_ids: [store] } : { mode: 'all', store_ids: [] };
    await this.call('POST', '/admin/invitations', { email, role, store_scope }, owner);
  }

  private async accept(email: string, display_name: string): Promise<string> {
    const answer = await this.call('POST', '/auth/accept-invitation', {
      token: await this.invitation(email),
      display_name,
      password: this.password,
    });
    return String(answer['token']);
  }

  /** The token of the newest invitation that was mailed to an address. */
  private async invitation(email: string): Promise<string> {
    const mailbox = this.app.get(Mailbox, { strict: false });
    let token: string | undefined;
    await this.until(async () => {
      const [mail] = await mailbox.list({ to: email, limit: 1 });
      token = mail?.links.map((link) => link.split('#')[1]).find(Boolean);
      return token !== undefined;
    });
    return token ?? '';
  }

  private async storeId(owner: string, code: string): Promise<string> {
    const stores = (await this.call('GET', '/stores', undefined, owner)) as unknown as { data: { store_id: string; code: string }[] };
    return stores.data.find((store) => store.code === code)?.store_id ?? '';
  }

  private async suspend(owner: string, email: string): Promise<void> {
    const members = (await this.call('GET', `/admin/members?q=${encodeURIComponent(email)}`, undefined, owner)) as unknown as {
      data: { user_id: string }[];
    };
    await this.call('PATCH', `/admin/members/${members.data[0]?.user_id ?? ''}`, { status: 'suspended' }, owner);
  }

  private async call(method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object, token?: string): Promise<Record<string, unknown>> {
    const answer = await this.app.inject({
      method,
      url: `/api/v1${path}`,
      remoteAddress: ADDRESS,
      headers: { host: 'localhost', 'x-client': 'native', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(payload ? { payload } : {}),
    });
    if (answer.statusCode >= 300)
      throw new Error(`demo data: ${method} ${path} answered ${answer.statusCode} ${answer.payload.slice(0, 300)}`);
    return answer.payload ? (answer.json() as Record<string, unknown>) : {};
  }

  private async until(done: () => Promise<boolean>): Promise<void> {
    for (let i = 0; i < 400; i++) {
      if (await done()) return;
      await wait(10);
    }
    throw new Error('demo data: a step did not end');
  }
}
