import http from 'node:http';

/** Requests in flight at once. */
const CONNECTIONS = 32;

/** Sends `total` requests over kept-alive connections. @returns wall time and how many were not 2xx */
export async function load(port, total, requestOf) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let next = 0;
  let failed = 0;
  const begun = performance.now();
  const one = (index) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', path, headers = {}, body } = requestOf(index);
      const request = http.request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          agent,
          headers: {
            host: `localhost:${port}`,
            ...headers,
            ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}),
          },
        },
        (response) => {
          if (response.statusCode >= 300) failed += 1;
          response.resume();
          response.once('end', resolve);
        },
      );
      request.once('error', reject);
      request.end(body);
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => { while (next < total) await one(next++); })); // prettier-ignore
  agent.destroy();
  return { ms: performance.now() - begun, failed };
}
