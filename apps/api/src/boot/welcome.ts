import type { RunningProcess } from './process.js';

/** What the console shows after a quick start: one address, the sign-ins, where mails go. Nothing else is on stdout. */
export function welcome({ port, places, queue, demo }: RunningProcess, ms: number): string {
  const url = `http://localhost:${port}`;
  const facts = `(${(ms / 1000).toFixed(1)} s; PostgreSQL ${places.embedded ? 'embedded' : 'given'}, queue on ${queue === 'redis' ? 'Redis' : 'PostgreSQL'})`;
  const row = (left: string, middle: string, right = ''): string =>
    `  ${left.padEnd(29)}${right ? `${middle}  `.padEnd(29) : middle}${right}`.trimEnd();
  const accounts = demo.slice(0, 3).map(({ label, email, password }) => row(label, email, password));
  return [
    `${'Tenantry is running'.padEnd(31)}${url.padEnd(29)}${facts}`,
    ...(accounts.length
      ? accounts
      : [row('No demo data.', 'The first sign-in: set FIRST_OWNER_EMAIL and FIRST_OWNER_PASSWORD, then start again')]),
    row('Mail that the product sends', `${url}/platform/mailbox`, `API: ${url}/api-docs`),
  ].join('\n');
}
