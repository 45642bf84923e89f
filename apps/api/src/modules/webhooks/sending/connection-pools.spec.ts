import { ConnectionPools } from './connection-pools.js';
import { DestinationGuard } from './destination-guard.js';
import { parseWebhookUrl, type WebhookUrl } from './webhook-url.js';

const targetOf = (text: string): WebhookUrl => {
  const parsed = parseWebhookUrl(text, false);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};
const pools = new ConnectionPools(
  new DestinationGuard({ production: true, allow_http: false, allowed: [], blocked_ports: [], ownHost: () => false }),
);
afterAll(() => pools.close());

it('keeps one pool an origin, and above 2,000 closes the one that was not used for longest', () => {
  const [first, second] = [0, 1].map((i) => pools.for(targetOf(`https://n${i}.example/a`)));
  for (let i = 2; i < 2_000; i++) pools.for(targetOf(`https://n${i}.example/`));
  expect(pools.for(targetOf('https://n0.example/b?c'))).toBe(first);
  pools.for(targetOf('https://n0.example:8443/'));
  expect([first?.closed, second?.closed]).toEqual([false, true]);
});
