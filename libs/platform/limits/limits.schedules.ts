import { PlatformDb } from '../db/index.js';
import { defineSchedule } from '../queue/index.js';
import { dropFullBuckets } from './leases.repository.js';

export const limitsPurge = defineSchedule({
  name: 'limits.purge',
  cron: '*/10 * * * *',
  run: async ({ scope }, services) => ({ processed: await dropFullBuckets(services.get(PlatformDb), scope), failed: 0, remaining: 0 }),
});
