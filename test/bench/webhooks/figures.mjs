import { parseArgs } from 'node:util';

/** @param quantile 0 … 1 */
export function at(list, quantile) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
}

/** `p50 1.2 ms   p99 3.4 ms` */
export const quantiles = (times) => `p50 ${at(times, 0.5).toFixed(2)} ms   p99 ${at(times, 0.99).toFixed(2)} ms`;

/** Whole positive numbers of the command line: `--name N`. @param defaults by name */
export function numbers(defaults) {
  const options = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: String(value) }]));
  const { values } = parseArgs({ args: process.argv.slice(3), options });
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} is a whole number above 0`);
      return [name, Number(text)];
    }),
  );
}

/** The lines of a scenario: another tenant while it is quiet, and meanwhile. @param inOutbox what of the latter was spent before the relay */
export function reportNeighbour(title, quiet, meanwhile, inOutbox) {
  console.log(`\nan event of another tenant, commit → first byte (${quiet.length} each)`);
  console.log(`  quiet      ${quantiles(quiet)}`);
  console.log(`  ${title.padEnd(9)}  ${quantiles(meanwhile)}`);
  console.log(`  of it in the outbox   ${quantiles(inOutbox)}`);
  const ratio = (quantile) => (at(meanwhile, quantile) / at(quiet, quantile)).toFixed(2);
  console.log(`  ratio      p50 × ${ratio(0.5)}   p99 × ${ratio(0.99)}`);
}
