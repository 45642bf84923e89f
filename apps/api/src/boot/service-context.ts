import os from 'node:os';
import { ERRORS, Problem } from '#contracts/errors.js';
import type { Config } from '#platform/config/index.js';
import { newId } from '#platform/crypto/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { databaseProblem } from '#platform/http/index.js';
import { createLogger, StreamDestination } from '#platform/logging/index.js';
import type { Services } from '#platform/modules/index.js';
import { cliScope } from '../modules/ops/index.js';
import { createApplication } from './application.js';
import { openRuntime } from './runtime.js';
import { registerWork } from './work.js';

/** One, however many commands a process runs: it listens to errors of the stream for as long as it lives. */
const complaints = new StreamDestination(process.stderr);

/**
 * The application without a server and without workers, for one command: what the routes do, done by whoever has a shell. Log lines go to
 * standard error, so that what is printed can be read by a program.
 * @returns the exit code of the work; 1 when it was refused, with code and sentence printed
 */
export async function withServices(
  config: Config,
  urls: { readonly appUrl: string; readonly platformUrl: string },
  print: (line: string) => void,
  work: (services: Services, scope: PlatformScope) => Promise<number>,
): Promise<number> {
  const logger = createLogger({ level: 'warn', format: config.log_format, destination: complaints });
  const { runtime, close } = await openRuntime({ config, urls, logger });
  try {
    const app = await createApplication(runtime, { started: false, draining: false });
    try {
      registerWork(app, runtime);
      await app.init();
      return await work(app, cliScope(osUser(), newId()));
    } finally {
      await app.close();
    }
  } catch (error) {
    const problem = error instanceof Problem ? error : databaseProblem(error);
    // A constraint refuses as it does for a route; what is broken stands there whole, for whoever has to mend it.
    if (!problem || (problem !== error && ERRORS[problem.code].status >= 500)) throw error;
    print(`${problem.code}: ${ERRORS[problem.code].sentence}`);
    for (const { field, message } of problem.errors) print(`  ${field} ${message}`);
    return 1;
  } finally {
    await close();
    await runtime.storage.close();
  }
}

/** Not an environment variable: those can be set to anything. */
function osUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`; // no entry in the list of accounts, as in many containers
  }
}
