// The limit to compare with: Fastify and pg doing the same work with nothing around it. No credential, no tenant check, no validation,
// no log, no metrics; the same SQL, parametrised and prepared. It connects as the owner of nothing special: superuser, no row-level security.
import Fastify from 'fastify';
import pg from 'pg';
import { hash, verify } from '@node-rs/argon2';
import { randomUUID } from 'node:crypto';

const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 10 });
const app = Fastify();
const tenant = process.env.BENCH_TENANT;
const COLUMNS =
  'v.variant_id, v.product_id, p.name as product_name, v.sku, v.barcode, v.name, v.uom, v.price, v.track_stock, v.status, v.created_at';
const FROM = 'from variants v join products p on p.tenant_id = v.tenant_id and p.product_id = v.product_id';

app.get(
  '/item/:id',
  async (request) =>
    (
      await pool.query({
        name: 'item',
        text: `select ${COLUMNS} ${FROM} where v.tenant_id = $1 and v.variant_id = $2`,
        values: [tenant, request.params.id],
      })
    ).rows[0],
);
app.get('/items', async (request) => ({
  data: (
    await pool.query({
      name: 'items',
      text: `select ${COLUMNS} ${FROM} where v.tenant_id = $1 and v.variant_id < $2 order by v.variant_id desc limit 50`,
      values: [tenant, request.query.after],
    })
  ).rows,
}));
app.post('/item', async (request, reply) => {
  const { name, sku, price_minor } = request.body;
  const product = randomUUID();
  const variant = randomUUID();
  await pool.query({
    name: 'create',
    text: `with p as (insert into products (tenant_id, product_id, name) values ($1, $2, $4))
           insert into variants (tenant_id, variant_id, product_id, sku, sku_normalized, price) values ($1, $3, $2, $5, $5, $6)`,
    values: [tenant, product, variant, name, sku, price_minor],
  });
  return reply.status(201).send({ product_id: product, name, variants: [{ variant_id: variant, sku, price_minor }] });
});
const stored = await hash('a password of the bench', { memoryCost: 19456, timeCost: 2, parallelism: 1 });
app.post('/login', async (request) => {
  await verify(stored, request.body.password);
  return { token: randomUUID() };
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`PORT ${app.server.address().port}`);
process.on(
  'SIGTERM',
  () =>
    void app
      .close()
      .then(() => pool.end())
      .then(() => process.exit(0)),
);
