import type { PlatformDb, PlatformScope, Tx } from '#platform/db/index.js';

/** Single statements outside a transaction, in the shape that the repositories take. */
export const platformQueries = (db: PlatformDb, scope: PlatformScope): Pick<Tx, 'query'> => ({
  query: (statement, params) => db.query(scope, statement, params),
});
