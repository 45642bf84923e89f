import { defineQueue, defineSchedule } from '#platform/queue/index.js';
import { PlanRollOut } from './plan-roll-out.js';
import { rollOutStatements } from './plan-roll-out.repository.js';
import { Recount } from './recount.js';
import { SettleDue } from './settle-due.js';

/** Works on every tenant that has a plan, so it runs as the platform; each tenant in a transaction of its own. */
export const planRollOut = defineQueue<{ plan_roll_out_id: string }>({
  name: 'entitlements.roll_out',
  lane: 'bulk',
  id: 'plan_roll_out_id',
  platform: true,
  concurrency: 1,
  lease_ms: 60_000,
  backoff: [5_000, 60_000, 300_000],
  ...rollOutStatements,
  run: (job, services) => services.get(PlanRollOut).run(job),
});

/** The guard looks at the clock itself; this is for everything that reads the row alone (limits, the console, events). */
export const settleDue = defineSchedule({
  name: 'entitlements.settle',
  every_ms: 60_000,
  run: (run, services) => services.get(SettleDue).run(run),
});

export const recount = defineSchedule({
  name: 'entitlements.recount',
  cron: '20 2 * * *',
  lease_ms: 3_600_000,
  run: (run, services) => services.get(Recount).run(run),
});
