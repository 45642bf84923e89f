import { isSameDatabase } from './database-identity.js';

const HERE = { system_identifier: '7541234567890123456', timeline: 1, database_oid: '16384' };

it.each([
  ['started again', {}, true],
  ['restored into another server', { system_identifier: '7549999999999999999' }, false],
  ['restored to a point in time', { timeline: 2 }, false],
  ['restored beside the original', { database_oid: '16999' }, false],
])('a database that was %s: the same is %#', (_, changed, same) => {
  expect(isSameDatabase(HERE, { ...HERE, ...changed })).toBe(same);
});
