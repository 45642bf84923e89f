import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.js';

export interface MetricsServerOptions {
  readonly port: number;
  readonly host: string;
  /** In production a taken port stops the start; elsewhere the product runs without metrics. */
  readonly required: boolean;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** `/metrics` on a port of its own, never on the public one. Nothing else answers there. */
export class MetricsServer {
  private server: Server | null = null;

  constructor(
    private readonly metrics: Metrics,
    private readonly options: MetricsServerOptions,
  ) {}

  /** @returns the port, or null when it was taken outside production */
  async start(): Promise<number | null> {
    const server = createServer((request, response) => {
      const is_metrics = request.url?.split('?')[0] === '/metrics';
      if (!is_metrics || (request.method !== 'GET' && request.method !== 'HEAD')) {
        response
          .writeHead(is_metrics ? 405 : 404, { 'content-type': 'text/plain; charset=utf-8', ...(is_metrics ? { allow: 'GET, HEAD' } : {}) })
          .end();
        return;
      }
      this.metrics.expose().then(
        (text) => response.writeHead(200, { 'content-type': this.metrics.registry.contentType, 'cache-control': 'no-store' }).end(text),
        (error: unknown) => {
          this.options.warn({ err: error }, 'metrics cannot be read');
          response.writeHead(500).end();
        },
      );
    });
    server.requestTimeout = 5_000;
    server.headersTimeout = 5_000;
    server.maxConnections = 50;
    try {
      await listen(server, this.options.port, this.options.host);
    } catch (error) {
      if (this.options.required) throw error;
      this.options.warn(
        { port: this.options.port, code: (error as NodeJS.ErrnoException).code },
        'the metrics port cannot be opened: the product runs without metrics',
      );
      return null;
    }
    server.on('error', (error) => this.options.warn({ err: error }, 'metrics server'));
    this.server = server;
    return (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

const listen = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
