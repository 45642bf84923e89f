import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const IN_FLIGHT_MS = 20_000;
const LOOK_MS = 20;

/** Requests that have come and are not answered yet. */
export interface Requests {
  readonly count: number;
}

export function watchRequests(server: Server): Requests {
  const requests = { count: 0 };
  server.on('request', (_, response) => {
    requests.count += 1;
    response.once('close', () => (requests.count -= 1));
  });
  return requests;
}

/**
 * Takes no new connection and waits for what is under way. Then every connection is closed, also one that has never sent anything: Node
 * does not count a browser's preconnect as idle, and `server.close()` alone would wait for it.
 */
export async function stopServing(server: Server, requests: Requests): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const until = Date.now() + IN_FLIGHT_MS;
  while (requests.count > 0 && Date.now() < until) await wait(LOOK_MS);
  server.closeAllConnections();
  await closed;
}
