/** `npm run bench [-- http | webhooks | webhooks:<scenario>]`: one bench a run, so that none is measured in what another has left behind. */
const benches = {
  http: './run.mjs',
  webhooks: './webhooks.mjs',
  'webhooks:emit': './webhooks/emit.mjs',
  'webhooks:claim': './webhooks/claims.mjs',
  'webhooks:dead': './webhooks/dead.mjs',
  'webhooks:endpoints': './webhooks/endpoints.mjs',
  'webhooks:rate': './webhooks/rate.mjs',
  'webhooks:recover': './webhooks/recover.mjs',
  'webhooks:list': './webhooks/list.mjs',
};
const [name = 'http'] = process.argv.slice(2);
if (!Object.hasOwn(benches, name)) {
  console.error(`There is no bench "${name}": ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
await import(benches[name]);
