import http from 'node:http';
import { EventEmitter, once } from 'node:events';

/** A receiver of webhooks that answers 200 to all. It keeps the time of each request's first byte and the bytes of the last one. */
export async function startReceiver() {
  const seen = new EventEmitter();
  const receiver = { count: 0, last: null, seen };
  const server = http.createServer((request, response) => {
    const at = performance.now();
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.once('end', () => {
      response.end();
      receiver.count += 1;
      receiver.last = { headers: request.headers, path: request.url, body: Buffer.concat(chunks).toString() };
      seen.emit('delivery', at, receiver.last);
    });
  });
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stop = () => new Promise((done) => (server.close(done), server.closeAllConnections()));
  return Object.assign(receiver, { port: server.address().port, stop });
}
