/** `npm run bench [-- http | webhooks]`: one bench a run, so that none is measured in what another has left behind. */
const benches = { http: './run.mjs', webhooks: './webhooks.mjs' };
const [name = 'http'] = process.argv.slice(2);
if (!Object.hasOwn(benches, name)) {
  console.error(`There is no bench "${name}": ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
await import(benches[name]);
