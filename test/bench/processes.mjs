import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10; // USER_HZ is 100 on every Linux that matters

/** CPU that a process has used so far, in ms. */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** CPU of a process and of all its children, those that have ended included: PostgreSQL is one process a connection. */
export function cpuOfTree(pid) {
  let total = 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const own = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  total += (Number(own[13]) + Number(own[14])) * TICK_MS;
  const parentOf = (entry) => {
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'utf8');
      return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      return -1; // ended while we looked
    }
  };
  for (const entry of readdirSync('/proc'))
    if (/^\d+$/.test(entry) && parentOf(entry) === pid)
      try {
        total += cpuOf(Number(entry));
      } catch {
        /* ended while we looked */
      }
  return total + cpuOf(pid);
}

/** Resident memory in MB. */
export const memoryOf = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
export { cpuOf };

/** Starts a server of the bench and resolves when it prints its port. */
export function startServer(file, env) {
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      const port = /PORT (\d+)/.exec(text)?.[1];
      if (port)
        resolve({
          port: Number(port),
          pid: child.pid,
          stop: () => new Promise((done) => (child.once('exit', done), child.kill('SIGTERM'))),
        });
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}
