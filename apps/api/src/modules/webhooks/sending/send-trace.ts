import type { Connection } from './connection.js';
import type { SendTimings } from './types.js';

/** Where the time of one send goes. */
export class SendTrace implements SendTimings {
  readonly started_ms = performance.now();
  dns_ms: number | null = null;
  connect_ms: number | null = null;
  tls_ms: number | null = null;
  ttfb_ms: number | null = null;
  total_ms = 0;
  remote_ip: string | null = null;

  /** The opening of a connection is counted for the first send that it carries. */
  carriedBy(connection: Connection): void {
    const { opening, used } = connection;
    connection.used = true;
    this.remote_ip = connection.remote_ip;
    this.dns_ms = used ? 0 : opening.dns_ms;
    this.connect_ms = used ? 0 : opening.connect_ms;
    this.tls_ms = used && opening.tls_ms !== null ? 0 : opening.tls_ms;
  }

  answered(): void {
    this.ttfb_ms = performance.now() - this.started_ms;
  }

  ended(): void {
    this.total_ms = performance.now() - this.started_ms;
  }
}
