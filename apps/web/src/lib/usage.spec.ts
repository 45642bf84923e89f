import { usageOf } from './usage';

it.each([
  [0, 10, 0, 'plenty'],
  [7, 10, 0.7, 'plenty'],
  [8, 10, 0.8, 'near'],
  [10, 10, 1, 'full'],
  [12, 10, 1, 'full'],
  [0, 0, 1, 'full'],
  [5, null, null, 'no_limit'],
])('%d of %j', (used, max, share, word) => expect(usageOf(used, max)).toMatchObject({ share, word }));
