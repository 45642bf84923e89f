import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import { isUuid } from '#contracts/ids.js';
import type { TenantScope } from '#platform/db/index.js';
import { Relay } from '#platform/outbox/index.js';
import { BulkJobs, Deliveries, Endpoints, TestDelivery, WebhooksConsole } from '../modules/webhooks/index.js';
import { read, tenantId, type Given, type ServiceCommand, type ServiceContext } from './service-commands.js';
import { inTenantOf } from './shell-scope.js';
import { UsageError } from './usage-error.js';

const LANE_STATES = ['running', 'failing', 'parked'];
const PERIOD = { since: 'string', until: 'string' } as const;
/** No person asked, so there is nobody whose right could be taken away while the job runs. */
const NOBODY = { principal_id: null, user_id: null } as const;

/** Webhooks of every tenant, for whoever is called at night. What the console does, and what a tenant would do about an endpoint of its own. */
export const WEBHOOK_COMMANDS: Readonly<Record<string, ServiceCommand>> = {
  'webhooks stats': {
    about: 'backlog and age of each pool, lanes, outbox, noisiest tenants; 1 while an event is parked: [--json]',
    async run({ services, scope, args, print }) {
      const given = read(args, { json: 'boolean' });
      given.alone();
      const overview = await services.get(WebhooksConsole).overview(scope);
      const { pools, lanes, outbox, noisiest } = overview;
      if (given.has('json')) print(JSON.stringify(overview));
      else {
        for (const { pool, due, oldest_seconds } of pools) print(`${pool}  ${due} due  oldest ${oldest_seconds.toFixed(0)} s`);
        print(`lanes  ${Object.entries(lanes).map(([state, n]) => `${n} ${state}`).join('  ')}`); // prettier-ignore
        print(`outbox  ${outbox.waiting} waiting  lag ${outbox.lag_seconds.toFixed(0)} s  ${outbox.parked} parked`);
        for (const { tenant_id, deliveries, failed } of noisiest) print(`${tenant_id}  ${deliveries} in the last hour  ${failed} failed`);
      }
      return outbox.parked > 0 ? 1 : 0;
    },
  },
  'webhooks list': {
    about: `endpoints of all tenants: [--tenant SLUG] [--state ${LANE_STATES.join('|')}] [--json]`,
    async run({ services, scope, args, print }) {
      const given = read(args, { tenant: 'string', state: 'string', json: 'boolean' });
      given.alone();
      const [slug, state = null] = [given.option('tenant'), given.option('state')];
      if (state !== null && !LANE_STATES.includes(state)) throw new UsageError(`--state is one of ${LANE_STATES.join(', ')}`);
      const tenant_id = slug === undefined ? null : await tenantId(services, slug);
      const lanes = await services.get(WebhooksConsole).allLanes(scope, { tenant_id, state });
      if (given.has('json')) print(JSON.stringify(lanes));
      else
        for (const lane of lanes)
          print([lane.tenant_id, lane.webhook_id, lane.status, `${lane.failure_count} failed`, lane.name].join('  '));
      return 0;
    },
  },
  'webhooks show': {
    about: 'one endpoint and its deliveries of the last day: WEBHOOK_ID [--json]',
    async run(context) {
      const { services, args, print } = context;
      const given = read(args, { json: 'boolean' });
      const { tenant, webhook_id } = await endpointOf(context, given);
      const endpoint = await services.get(Endpoints).get(tenant, webhook_id);
      const day = await services.get(Deliveries).stats(tenant, webhook_id, '24h');
      if (given.has('json')) print(JSON.stringify({ tenant_id: tenant.tenant_id, ...endpoint, last_24h: day }));
      else {
        print([tenant.tenant_id, webhook_id, endpoint.status, endpoint.disabled_reason ?? '', endpoint.name].filter(Boolean).join('  '));
        print(`${endpoint.url}  ${endpoint.events.join(' ')}`);
        print(`failed ${endpoint.failure_count} times in a row${endpoint.failing_since ? ` since ${endpoint.failing_since}` : ''}, last success ${endpoint.last_success_at ?? 'never'}`);
        print(`last 24 h  ${Object.entries(day.counts).map(([status, n]) => `${n} ${status}`).join('  ')}`);
      } // prettier-ignore
      return 0;
    },
  },
  'webhooks disable': {
    about: 'nothing more is sent to an endpoint, what waits is held: WEBHOOK_ID --reason TEXT',
    run: (context) => act(context, 'disable'),
  },
  'webhooks enable': {
    about: 'an endpoint is sent to again, and what was held: WEBHOOK_ID --reason TEXT',
    run: (context) => act(context, 'enable'),
  },
  'webhooks test': {
    about: 'sends the example of an event once: WEBHOOK_ID [--event TYPE] [--json]',
    async run(context) {
      const { services, args, print } = context;
      const given = read(args, { event: 'string', json: 'boolean' });
      const event = given.option('event') ?? 'webhook.test';
      if (!EVENT_CATALOGUE.has(event)) throw new UsageError(`There is no event ${event}`);
      const { tenant, webhook_id } = await endpointOf(context, given);
      const delivery = await services.get(TestDelivery).send(tenant, webhook_id, event);
      print(given.has('json') ? JSON.stringify(delivery) : `${delivery.delivery_id}  ${delivery.event_type}  ${delivery.status}`);
      return 0;
    },
  },
  'webhooks replay': {
    about: 'dead letters of an endpoint are sent again: WEBHOOK_ID --reason TEXT [--since TIME] [--until TIME] [--event TYPE] [--http-status N] [--dry-run] [--json]',
    async run(context) {
      const { services, args } = context;
      const given = read(args, { ...PERIOD, event: 'string', 'http-status': 'string', reason: 'string', 'dry-run': 'boolean', json: 'boolean' });
      const filter = {
        ...period(given),
        ...given.maybe('event', (event_type) => ({ event_type })),
        ...given.maybe('http-status', (text) => ({ http_status: httpStatus(text) })),
        dry_run: given.has('dry-run'),
      };
      const { tenant, webhook_id } = await endpointOf(context, given);
      return tell(context, given, await services.get(BulkJobs).replay(tenant, NOBODY, webhook_id, filter, given.need('reason')));
    },
  }, // prettier-ignore
  'webhooks recover': {
    about: 'what a period has left undelivered is sent: WEBHOOK_ID --since TIME --reason TEXT [--until TIME] [--missing] [--dry-run] [--json]',
    async run(context) {
      const { services, args } = context;
      const given = read(args, { ...PERIOD, missing: 'boolean', reason: 'string', 'dry-run': 'boolean', json: 'boolean' });
      const asked = { since: time('since', given.need('since')), ...period(given), include_missing: given.has('missing'), dry_run: given.has('dry-run') };
      const { tenant, webhook_id } = await endpointOf(context, given);
      return tell(context, given, await services.get(BulkJobs).recover(tenant, NOBODY, webhook_id, asked, given.need('reason')));
    },
  }, // prettier-ignore
  'outbox status': {
    about: 'events that wait for the relay; 1 while one is parked: [--json]',
    async run({ services, args, print }) {
      const given = read(args, { json: 'boolean' });
      given.alone();
      const state = await services.get(Relay).state();
      if (given.has('json')) print(JSON.stringify(state));
      else print(`${state.waiting} waiting  lag ${state.lag_seconds.toFixed(0)} s  ${state.parked} parked`);
      return state.parked > 0 ? 1 : 0;
    },
  },
  'outbox parked': {
    about: 'events that could not be relayed ten times, newest first, with the error: [--json]',
    async run({ services, args, print }) {
      const given = read(args, { json: 'boolean' });
      given.alone();
      const { data } = await services.get(WebhooksConsole).parkedPointers();
      if (given.has('json')) print(JSON.stringify(data));
      else for (const pointer of data) print([pointer.tenant_id, pointer.event_id, pointer.parked_at, pointer.last_error ?? ''].join('  '));
      return 0;
    },
  }, // prettier-ignore
  'outbox retry': {
    about: 'a parked event is relayed again: EVENT_ID --reason TEXT',
    async run({ services, scope, args, print }) {
      const given = read(args, { reason: 'string' });
      const { tenant_id, event_id } = await services.get(WebhooksConsole).relayAgain(scope, id(given, 'EVENT_ID'), { reason: given.need('reason') });
      print(`${tenant_id}  ${event_id}  waits for the relay`);
      return 0;
    },
  }, // prettier-ignore
};

async function act({ services, scope, args, print }: ServiceContext, verb: 'disable' | 'enable'): Promise<number> {
  const given = read(args, { reason: 'string' });
  const { tenant_id, webhook_id, status } = await services.get(WebhooksConsole)[verb](scope, id(given, 'WEBHOOK_ID'), { reason: given.need('reason') }); // prettier-ignore
  print(`${tenant_id}  ${webhook_id}  ${status}`);
  return 0;
}

/** @throws UsageError, Problem not_found */
async function endpointOf({ services, scope }: ServiceContext, given: Given): Promise<{ tenant: TenantScope; webhook_id: string }> {
  const webhook_id = id(given, 'WEBHOOK_ID');
  return { tenant: inTenantOf(scope, await services.get(WebhooksConsole).tenantOf(scope, webhook_id)), webhook_id };
}

type Answer = Awaited<ReturnType<BulkJobs['replay']>>;

/** A job that workers do, or how many it would be. */
function tell({ print }: ServiceContext, given: Given, answer: Answer): number {
  if (given.has('json')) print(JSON.stringify(answer));
  else if ('count' in answer) print(`${answer.count} deliveries; nothing was changed`);
  else print(`${answer.webhook_job_id}  ${answer.kind}  ${answer.total ?? 0} deliveries  ${answer.state}`);
  return 0;
}

function id(given: Given, name: string): string {
  const text = given.subject(name);
  if (!isUuid(text)) throw new UsageError(`${name} is a UUID`);
  return text.toLowerCase();
}

const period = (given: Given) => ({
  ...given.maybe('since', (text) => ({ since: time('since', text) })),
  ...given.maybe('until', (text) => ({ until: time('until', text) })),
});

function time(name: string, text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new UsageError(`--${name} is a time, as 2026-03-01T12:00:00Z`);
  return at.toISOString();
}

function httpStatus(text: string): number {
  if (!/^[1-5]\d\d$/.test(text)) throw new UsageError('--http-status is a number from 100 to 599');
  return Number(text);
}
