import net from 'node:net';
import type { Config } from '#platform/config/index.js';

const TRIES = 10;

/**
 * The config with the port that is really free: outside production a taken port means the next of ten, 0 means any. Decided before anything
 * is made from the config, because links in mails carry the port.
 */
export async function withFreePort(config: Config): Promise<Config> {
  const wanted = config.serves_http ? config.port : config.worker_port;
  if (config.production) return config;
  for (let i = 0; i < TRIES; i++) {
    const port = await tryPort(wanted === 0 ? 0 : wanted + i, config.listen_host);
    if (port === null) continue;
    const name = config.serves_http ? 'port' : 'worker_port';
    return Object.freeze(Object.create(config, { [name]: { value: port, enumerable: true } }) as Config);
  }
  throw new PortRefused(`The ports ${wanted} to ${wanted + TRIES - 1} are taken: set PORT`);
}

/** No port to listen on. */
export class PortRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PortRefused';
  }
}

function tryPort(port: number, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    probe.listen(port, host, () => {
      const found = (probe.address() as net.AddressInfo).port;
      probe.close(() => resolve(found));
    });
  });
}
