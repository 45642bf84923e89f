import { setTimeout as wait } from 'node:timers/promises';
import { Lease, type LeaseTerms } from './lease.js';

function lease(extend: () => Promise<boolean>, lease_ms = 90) {
  const seen = { lost: 0, failed: 0, extended: 0 };
  const terms: LeaseTerms = {
    lease_ms,
    extend: () => (seen.extended++, extend()),
    lost: () => void seen.lost++,
    failed: () => void seen.failed++,
  };
  return { seen, lease: new Lease(terms) };
}

describe('Lease', () => {
  it('is extended at every third', async () => {
    const { seen, lease: held } = lease(() => Promise.resolve(true));
    await wait(200);
    held.stop();
    expect(seen.extended).toBeGreaterThanOrEqual(4);
    expect(seen.lost).toBe(0);
  });

  it('is lost when the row has another owner', async () => {
    const { seen } = lease(() => Promise.resolve(false));
    await wait(60);
    expect(seen).toMatchObject({ lost: 1, extended: 1 });
  });

  it('outlives one failed heartbeat and is lost when it is over', async () => {
    let fails = true;
    const { seen, lease: held } = lease(() => (fails ? Promise.reject(new Error('away')) : Promise.resolve(true)));
    await wait(40);
    fails = false;
    await wait(120);
    held.stop();
    expect(seen.lost).toBe(0);
    expect(seen.failed).toBe(1);

    const away = lease(() => Promise.reject(new Error('away')));
    await wait(150);
    expect(away.seen.lost).toBe(1);
  });

  it('says nothing after stop, not even for a heartbeat under way', async () => {
    const { seen, lease: held } = lease(() => wait(50).then(() => false));
    await wait(40);
    held.stop();
    await wait(80);
    expect(seen).toMatchObject({ lost: 0, extended: 1 });
  });
});
