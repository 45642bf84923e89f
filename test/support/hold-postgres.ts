import { type EmbeddedPostgresOptions, StartRefused, startPostgres, wipe } from '../../libs/platform/embedded/index.js';

/**
 * A stand-in for `npm start`: starts the server, says so in one line of JSON, holds it until its input ends, stops it. Spawned by the
 * fault tests, which kill it. The only argument is JSON.
 */
export type HoldOptions = EmbeddedPostgresOptions & {
  announce?: string;
  /** Delete the data and end. */
  wipe?: true;
  /** Stay when the server dies, and stop it then all the same. */
  survive?: true;
};

export type Held = { pid: number; port: number; adopted: boolean; data: string; superUrl: string; ms: number };

async function hold({ announce, wipe: wipeOnly, survive, ...options }: HoldOptions): Promise<void> {
  if (wipeOnly) return wipe(options);
  const begun = performance.now();
  const server = await startPostgres(survive ? { ...options, onDeath: (reason) => process.stderr.write(`${reason.message}\n`) } : options);
  if (announce !== undefined) server.announce(announce);
  const { pid, port, adopted, data, superUrl } = server;
  const held: Held = { pid, port, adopted, data, superUrl, ms: Math.round(performance.now() - begun) };
  process.stdout.write(`${JSON.stringify(held)}\n`);
  await new Promise((resolve) => process.stdin.once('end', resolve).resume());
  await server.stop();
}

hold(JSON.parse(process.argv[2] ?? '{}') as HoldOptions).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof StartRefused ? error.message : (error instanceof Error && error.stack) || String(error)}\n`);
    process.exit(error instanceof StartRefused ? error.exitCode : 1);
  },
);
