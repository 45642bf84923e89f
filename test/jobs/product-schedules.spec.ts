import { createRegistry } from '../../apps/api/src/app.module.js';

/** When the product does by itself what runbooks had in a crontab. That each time is one run over all processes: schedules.spec.ts. */
describe('the schedules of the product', () => {
  const times = new Map(createRegistry().manifests.flatMap(({ schedules }) => (schedules ?? []).map((one) => [one.name, one] as const)));

  it('[000-10] run the provisioning worker every thirty seconds', () => {
    expect(times.get('provisioning.tick')).toMatchObject({ every_ms: 30_000 });
    expect(times.get('provisioning.tick')?.cron).toBeUndefined();
  });

  it('[000-11] expire invitations at two in the morning', () => {
    expect(times.get('invitations.expire')).toMatchObject({ cron: '0 2 * * *' });
  });
});
