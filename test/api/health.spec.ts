import pg from 'pg';
import { testServer } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { world, type World } from '../support/world.js';

jest.setTimeout(60_000);

describe('health while the database is away', () => {
  let w: World;
  const get = (path: string) => w.request().get(path).set('host', 'localhost');
  const asSuper = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: testServer().superUrl });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };

  beforeAll(async () => {
    w = await world({ own_database: `away_${process.pid}` });
    await get('/readyz').expect(200);
    await asSuper(
      `alter database ${pg.escapeIdentifier(w.database.name)} with allow_connections false`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = ${pg.escapeLiteral(w.database.name)}`,
    );
  });
  afterAll(() => asSuper(`alter database ${pg.escapeIdentifier(w.database.name)} with allow_connections true`));

  it.each(['/healthz', '/api/v1/health'])('[003-06] %s answers 200: the process lives', async (path) => {
    expect((await get(path).expect(200)).body).toEqual({ status: 'ok' });
  });

  it.each(['/readyz', '/api/v1/health/ready'])('[003-07] %s answers 503 and says why, until the database is back', async (path) => {
    const { body, headers } = await get(path).expect(503);
    expect([body, headers['retry-after']]).toEqual([{ status: 'unavailable', reasons: ['database_down'] }, '1']);
  });

  it('[002-55] /health answers 503 with what is down; afterwards everything is as before', async () => {
    await eventually(
      async () => expect((await get('/health').expect(503)).body).toMatchObject({ status: 'unhealthy', checks: { database: 'unhealthy' } }),
      5_000,
    );
    await asSuper(`alter database ${pg.escapeIdentifier(w.database.name)} with allow_connections true`);
    await eventually(async () => expect((await get('/readyz')).status).toBe(200), 10_000);
  });
});
