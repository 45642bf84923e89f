import { defineSchedule } from '#platform/queue/index.js';
import { Purges } from './purges.js';

/** Named after the state that it looks at. */
export const purgeDue = defineSchedule({
  name: 'tenants.purge_due',
  every_ms: 3_600_000,
  run: ({ scope }, services) => services.get(Purges).startDue(scope),
});
