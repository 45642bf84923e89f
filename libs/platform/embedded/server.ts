import { type ChildProcess, spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import { type Place, diskFullSentence } from './directory.js';
import type { Orphan } from './orphan.js';
import { bornOf, signal } from './process-identity.js';
import { spawnFailure, spawnOptions } from './programs.js';
import { StartRefused } from './start-refused.js';

/** A server that we must stop. `ended` resolves when it is gone, whoever ended it, with the sentence why. */
export type Server = { pid: number; port: number; ended: Promise<StartRefused>; stop(): Promise<void> };

export type ServerOptions = { sync: boolean; settings: Record<string, string>; background: boolean };

const PORT_ATTEMPTS = 5;
/** A fast shutdown (SIGINT) writes a checkpoint. After this long an immediate one (SIGQUIT), which the next start recovers from. */
const FAST_STOP_MS = 30_000;
const POLL_MS = 25;
const WATCH_ORPHAN_MS = 500;
const LAST_WORDS_MS = 500;

export async function spawnServer(binaries: Binaries, place: Place, options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const started = await spawnOnce(binaries, place, port, options);
    if (!(started instanceof StartRefused)) return started;
    // Somebody else took the port between our asking for it and PostgreSQL's binding it.
    if (attempt === PORT_ATTEMPTS || !/Address already in use/.test(started.message)) throw started;
  }
}

/** Did this start fail because a server runs in the directory already, one that had not written its pid file when we looked? */
export function metAnother(failure: unknown): boolean {
  return failure instanceof StartRefused && failure.message.includes('lock file "postmaster.pid" already exists');
}

/** The server that a killed Node left. It is nobody's child now, so its end can only be polled. */
export function adoptServer({ pid, port }: Orphan, { background }: ServerOptions): Server {
  const born = bornOf(pid);
  const isRunning = () => bornOf(pid) === born;
  const ended = (async () => {
    while (isRunning()) await sleep(WATCH_ORPHAN_MS, undefined, { ref: !background });
    return new StartRefused('PostgreSQL ended: it was adopted from an earlier start, so its last words are not known.');
  })();
  const stop = async () => {
    if (isRunning()) signal(pid, 'SIGINT');
    for (let waited = 0; isRunning(); waited += POLL_MS) {
      if (waited === FAST_STOP_MS) signal(pid, 'SIGQUIT');
      await sleep(POLL_MS);
    }
  };
  return { pid, port, ended, stop };
}

/** Resolves to the server once it accepts connections, or to the reason why it ended before. */
function spawnOnce(binaries: Binaries, place: Place, port: number, options: ServerOptions): Promise<Server | StartRefused> {
  // detached: Ctrl-C must reach Node only. Node drains its requests and then stops the server.
  const child = spawn(binaries.postgres, ['-D', place.data, ...serverArguments(port, options)], { ...spawnOptions(place), detached: true });
  return new Promise((resolve) => {
    let log = '';
    let isReady = false;
    const ended = new Promise<StartRefused>((end) => {
      child.once('error', (error) => end(new StartRefused(`PostgreSQL could not be started: ${spawnFailure(error)}. Set DATABASE_URL.`)));
      child.once('exit', (code, signalName) => {
        const tell = () =>
          end(new StartRefused(`PostgreSQL ${isReady ? 'ended' : 'did not start'} (${signalName ?? code}): ${reason(log, place)}`));
        // 'close' means that its last words are read. A backend that survives its postmaster keeps the pipe open, so do not wait for ever.
        child.once('close', tell);
        setTimeout(tell, LAST_WORDS_MS).unref();
      });
    });
    void ended.then(resolve);
    child.stderr?.on('data', (text) => {
      log = `${log}${text}`.slice(-8_000);
      if (isReady || child.pid === undefined || !log.includes('ready to accept connections')) return;
      isReady = true;
      if (options.background) letNodeEnd(child);
      resolve({ pid: child.pid, port, ended, stop: () => stopChild(child, ended) });
    });
  });
}

function serverArguments(port: number, { sync, settings }: ServerOptions): string[] {
  const all: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...(sync ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function stopChild(child: ChildProcess, ended: Promise<StartRefused>): Promise<void> {
  child.ref();
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
  const hurry = setTimeout(() => child.kill('SIGQUIT'), FAST_STOP_MS);
  await ended;
  clearTimeout(hurry);
}

function letNodeEnd(child: ChildProcess): void {
  child.unref();
  if (child.stderr instanceof net.Socket) child.stderr.unref();
}

function reason(log: string, place: Place): string {
  if (log.includes('No space left on device')) return diskFullSentence(place.home);
  return log.trim().split('\n').slice(-3).join(' | ') || 'it left no message';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
