import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { bornOf } from './process-identity.js';
import { StartRefused, errorCode } from './start-refused.js';

/** `born` is null once the owner has released it. `url` is where the person finds the running one. */
type Owner = { pid: number; born: string | null; url?: string };

export type Lock = { announce(url: string): void; release(): void };

const MAX_ROUNDS = 50;

/**
 * One start per directory; throws `StartRefused` (exit 3) with the address of the first one. Node has no flock(2), hence:
 * - `postgres.lock.<n>` gets its name by link(2) when its content is complete, so nobody reads half of one, and only one process gets n.
 * - The highest n decides. Who finds its owner dead or gone takes n + 1 and removes the lower ones.
 * - Releasing marks the file and leaves it, so that n never goes back: a process that was suspended between reading n and taking n + 1
 *   finds a higher number when it wakes, never a free lower one.
 */
export function takeLock(home: string): Lock {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const top = numbers(home).at(-1) ?? 0;
    const owner = top === 0 ? null : readOwner(home, top);
    if (owner !== null && isLiving(owner)) throw runsAlready(owner);
    if (claim(home, top + 1)) return heldLock(home, top + 1);
  }
  throw new StartRefused(`Several starts of Tenantry contend for ${home}: try again.`, 3);
}

function claim(home: string, n: number): boolean {
  const draft = writeDraft(home, ownership());
  try {
    fs.linkSync(draft, file(home, n));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
  if (numbers(home).at(-1) !== n) {
    fs.rmSync(file(home, n), { force: true });
    return false;
  }
  for (const older of numbers(home)) if (older < n) fs.rmSync(file(home, older), { force: true });
  removeDraftsOfTheDead(home);
  return true;
}

function heldLock(home: string, n: number): Lock {
  let held = true;
  const replace = (owner: Owner) => fs.renameSync(writeDraft(home, owner), file(home, n));
  return {
    announce: (url) => {
      if (held) replace({ ...ownership(), url });
    },
    release: () => {
      if (held && fs.existsSync(home)) replace({ ...ownership(), born: null });
      held = false;
    },
  };
}

function ownership(): Owner {
  return { pid: process.pid, born: bornOf(process.pid) };
}

function isLiving(owner: Owner): boolean {
  return owner.born !== null && owner.born === bornOf(owner.pid);
}

function runsAlready({ pid, url }: Owner): StartRefused {
  const where = url ?? 'still starting';
  return new StartRefused(
    `Tenantry already runs in this directory (process ${pid}, ${where}). Stop it first, or give this start its own DATABASE_URL.`,
    3,
  );
}

/** null: it went away between listing and reading, or a crash of the machine left it empty. Either way nobody living owns it. */
function readOwner(home: string, n: number): Owner | null {
  try {
    return JSON.parse(fs.readFileSync(file(home, n), 'utf8')) as Owner;
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return null;
    throw new StartRefused(
      `${file(home, n)} cannot be read (${errorCode(error)}): another user has started Tenantry in this directory.`,
      4,
      { cause: error },
    );
  }
}

function writeDraft(home: string, owner: Owner): string {
  const draft = path.join(home, `.lock-${process.pid}-${randomBytes(4).toString('hex')}`);
  fs.writeFileSync(draft, JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
  return draft;
}

function removeDraftsOfTheDead(home: string): void {
  for (const name of fs.readdirSync(home)) {
    const pid = /^\.lock-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && bornOf(Number(pid)) === null) fs.rmSync(path.join(home, name), { force: true });
  }
}

function numbers(home: string): number[] {
  return fs
    .readdirSync(home)
    .flatMap((name) => /^postgres\.lock\.(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function file(home: string, n: number): string {
  return path.join(home, `postgres.lock.${n}`);
}
