import { button, defineTemplate, facts, small, text } from '#platform/mail/index.js';

export interface EndpointMail {
  readonly webhook_id: string;
  readonly name: string;
  /** In words: what happens, and what follows. */
  readonly what: string;
  readonly since: string | null;
}

/** To everybody who may change the tenant's webhooks. */
export const ENDPOINT_TROUBLE = defineTemplate<EndpointMail>({
  name: 'webhooks.endpoint_trouble',
  subject: ({ name }) => `The webhook ${name} needs you`,
  lines: ({ webhook_id, name, what, since }, { public_url }) => [
    text(what),
    facts(['Webhook', name], ...(since === null ? [] : [['Failing since', since] as [string, string]])),
    button('Look at its deliveries', `${public_url}/webhooks/${webhook_id}`),
    small('Nothing is lost: what was not delivered is kept and can be sent again.'),
  ],
  example: {
    webhook_id: '0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e10',
    name: 'Warehouse',
    what: 'Ten deliveries in a row have failed. Sending goes on.',
    since: '2026-01-05 08:00 UTC',
  },
});
