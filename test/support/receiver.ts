import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** As it came. */
  readonly body: string;
  /** `performance.now()` */
  readonly at: number;
}
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `never`: the connection stays open without an answer. `reset`: it is cut. */
  readonly instead?: 'never' | 'reset';
  readonly after_ms?: number;
}
export type Answers = Answer | ((request: Received, nth: number) => Answer | Promise<Answer>);

/** Somebody's system on loopback: counts what it is sent and answers as a test says, by path. */
export class Receiver {
  readonly received: Received[] = [];
  readonly #answers = new Map<string, Answers>();
  readonly #hanging = new Map<string, Set<http.IncomingMessage['socket']>>();
  readonly #server = http.createServer((request, response) => void this.#handle(request, response));

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** A path of its own that answers like this; 200 when nothing is said. */
  url(path: string, answers: Answers = {}): string {
    this.#answers.set(path, answers);
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** What came to a path, in order. */
  at(path: string): Received[] {
    return this.received.filter((request) => request.path === path);
  }

  /** Ends what is kept open at a path by `never`. */
  cut(path: string): void {
    for (const socket of this.#hanging.get(path) ?? []) socket.destroy();
  }

  /** Ends every connection that is kept. */
  disconnect(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the sender gave up, or its process was killed
    }
    const path = request.url ?? '/';
    const received = { path, headers: request.headers, body: Buffer.concat(chunks).toString(), at: performance.now() };
    this.received.push(received);
    const answers = this.#answers.get(path) ?? {};
    const answer = typeof answers === 'function' ? await answers(received, this.at(path).length) : answers;
    if (answer.after_ms) await new Promise((resolve) => setTimeout(resolve, answer.after_ms));
    if (answer.instead === 'never') return void this.#hanging.set(path, (this.#hanging.get(path) ?? new Set()).add(request.socket));
    if (answer.instead === 'reset') return void request.socket.destroy();
    response.writeHead(answer.status ?? 200, answer.headers ?? {}).end(answer.body ?? '');
  }
}
