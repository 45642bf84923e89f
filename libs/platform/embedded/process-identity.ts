import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/**
 * When process `pid` was born, as an opaque string; null when there is no such process (or only its zombie).
 * A pid alone is reused after a crash or a reboot; pid and birth together name one process for ever.
 */
export function bornOf(pid: number): string | null {
  try {
    return process.platform === 'linux' ? bornOnLinux(pid) : ps('lstart=', pid);
  } catch {
    return null; // no such process: /proc has no entry, ps exits 1
  }
}

/** Is `pid` a PostgreSQL program (of any directory)? false also when it is gone. */
export function isPostgres(pid: number): boolean {
  try {
    const command = process.platform === 'linux' ? fs.readFileSync(`/proc/${pid}/comm`, 'utf8') : ps('comm=', pid);
    return /(^|\/)postgres\s*$/.test(command ?? '');
  } catch {
    return false;
  }
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function bornOnLinux(pid: number): string | null {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before it may hold blanks and brackets
  const [state, startTime] = [fields[0], fields[19]];
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(); // start times count from the boot
  return state === 'Z' || state === 'X' ? null : `${boot}:${startTime}`;
}

function ps(column: string, pid: number): string | null {
  return (
    execFileSync('/bin/ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null
  );
}
