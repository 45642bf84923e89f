import { setTimeout as wait } from 'node:timers/promises';
import { OutgoingWatch } from './outgoing-watch.js';

const SINCE = new Date('2026-03-01T12:00:00Z');

function watched(answers: (Date | null | Error)[]) {
  const seen: string[] = [];
  const watch = new OutgoingWatch({
    restoredSince: () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? null);
    },
    start: () => {
      seen.push('started');
      return Promise.resolve(() => Promise.resolve(void seen.push('stopped')));
    },
    every_ms: 5,
    closed: () => seen.push('closed'),
    failed: () => seen.push('failed'),
  });
  const until = async (last: string): Promise<void> => {
    while (seen.at(-1) !== last) await wait(1);
  };
  return { watch, seen, until };
}

it('starts at once in the database that was activated, once, and stops with the process', async () => {
  const { watch, seen } = watched([null]);
  await watch.start();
  await wait(30);
  await watch.stop(0);
  await wait(20);
  expect(seen).toEqual(['started', 'stopped']);
});

it('starts nothing in a restored one until it is activated', async () => {
  const { watch, seen, until } = watched([SINCE, SINCE, null]);
  await watch.start();
  expect(seen).toEqual(['closed']);
  await until('started');
  await watch.stop(0);
  expect(seen).toEqual(['closed', 'closed', 'started', 'stopped']);
});

it('stops when the database turns out to be another one, and begins again', async () => {
  const { watch, seen, until } = watched([null, SINCE, null]);
  await watch.start();
  await until('stopped');
  await until('started');
  await watch.stop(0);
  expect(seen).toEqual(['started', 'closed', 'stopped', 'started', 'stopped']);
});

it('lets run what runs while nobody can say, and starts nothing then', async () => {
  const { watch, seen, until } = watched([null, new Error('no connection'), null]);
  await watch.start();
  await until('failed');
  await wait(20);
  await watch.stop(0);
  expect(seen).toEqual(['started', 'failed', 'stopped']);
  await expect(watched([new Error('no connection')]).watch.start()).rejects.toThrow('no connection');
});
