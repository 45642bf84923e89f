import { defineSchedule } from '#platform/queue/index.js';
import { Tidy } from './tidy.js';

/** What sign-in leaves behind goes: counters that are over, links that nobody followed, sessions that ended a month ago. */
export const identityTidy = defineSchedule({
  name: 'identity.tidy',
  cron: '40 3 * * *',
  run: ({ scope }, services) => services.get(Tidy).run(scope),
});
