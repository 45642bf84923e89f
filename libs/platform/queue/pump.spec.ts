import { setTimeout as wait } from 'node:timers/promises';
import { Pump } from './pump.js';

const FAR = 60_000;

describe('Pump', () => {
  it('goes on while there is more, then waits for a kick', async () => {
    let left = 3;
    let turns = 0;
    const pump = new Pump({ every_ms: FAR, failed: () => undefined, turn: () => Promise.resolve((turns++, --left > 0)) });
    pump.start();
    await wait(20);
    expect(turns).toBe(3);
    pump.kick();
    await wait(20);
    expect(turns).toBe(4);
    await pump.stop();
  });

  it('does not lose a kick that comes during a turn', async () => {
    let turns = 0;
    const pump: Pump = new Pump({
      every_ms: FAR,
      failed: () => undefined,
      turn: async () => {
        turns += 1;
        if (turns === 1) pump.kick();
        await wait(5);
        return false;
      },
    });
    pump.start();
    await wait(40);
    expect(turns).toBe(2);
    await pump.stop();
  });

  it('polls without a kick', async () => {
    let turns = 0;
    const pump = new Pump({ every_ms: 5, failed: () => undefined, turn: () => Promise.resolve((turns++, false)) });
    pump.start();
    await wait(60);
    expect(turns).toBeGreaterThan(2);
    await pump.stop();
  });

  it('waits after a failure, kicks or not', async () => {
    let turns = 0;
    const failures: unknown[] = [];
    const pump = new Pump({
      every_ms: 1,
      failed: (error) => failures.push(error),
      turn: () => (turns++, Promise.reject(new Error('away'))),
    });
    pump.start();
    for (let n = 0; n < 20; n++) {
      pump.kick();
      await wait(2);
    }
    expect(turns).toBe(1);
    expect(failures).toHaveLength(1);
    await pump.stop();
  });

  it('stops after the turn under way, and may start again', async () => {
    let done = false;
    const pump = new Pump({ every_ms: FAR, failed: () => undefined, turn: () => wait(20).then(() => ((done = true), true)) });
    pump.start();
    await pump.stop();
    expect(done).toBe(true);
    done = false;
    pump.start();
    await pump.stop();
    expect(done).toBe(true);
  });
});
