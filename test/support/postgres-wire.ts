import net from 'node:net';

/** The wire between a process and its PostgreSQL, which a test can cut. */
export class PostgresWire {
  private readonly sockets = new Set<net.Socket>();
  private readonly server = net.createServer((client) => this.carry(client));
  private marker: { readonly text: string; readonly done: () => void } | null = null;

  /** The same all the time, also while nobody listens there. */
  port = 0;

  private constructor(private readonly place: { readonly host: string; readonly port: number }) {}

  static async to(databaseUrl: string): Promise<PostgresWire> {
    const { hostname, port } = new URL(databaseUrl);
    const wire = new PostgresWire({ host: hostname, port: Number(port || 5432) });
    await wire.mend();
    return wire;
  }

  /** Breaks every connection; new ones are refused until `mend`. */
  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
  async mend(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as net.AddressInfo).port;
  }

  /** Breaks the next connection that sends these words when the server has answered them and before anybody hears the answer. */
  loseAnswerTo(text: string): Promise<void> {
    return new Promise((done) => (this.marker = { text, done }));
  }

  private carry(client: net.Socket): void {
    const server = net.connect(this.place);
    const both = [client, server];
    const end = (): void => both.forEach((socket) => socket.destroy());
    let lost: (() => void) | null = null;
    for (const socket of both) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.once('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.on('data', (bytes: Buffer) => {
      if (this.marker && bytes.includes(this.marker.text)) {
        lost = this.marker.done;
        this.marker = null;
      }
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (!lost) return void client.write(bytes);
      end();
      lost();
    });
  }
}
