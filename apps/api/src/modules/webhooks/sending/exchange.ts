import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { CarriedOptions } from './connection.js';
import { Timed, type Deadlines } from './deadlines.js';
import { isReset, SendError } from './send-error.js';
import type { SendTrace } from './send-trace.js';

const MAX_BODY_MS = 1_000;
const MAX_BODY_BYTES = 16_384;
const MAX_INFORMATIONAL = 10;

export interface ExchangeTerms {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly timeout_ms: number;
}

/** A status, and as much of the body as came before it ended or we left. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: readonly Buffer[];
  /** `left`: by us, at a limit; `broken`: the connection ended inside it. */
  readonly ending: 'whole' | 'left' | 'broken';
}

/**
 * One request and its answer within one deadline. What a receiver says beyond its status is for people to read, and no reason to wait: at
 * 16 KiB or after a second we let go of the connection.
 */
export class Exchange extends Timed implements Dispatcher.DispatchHandler {
  readonly #options: CarriedOptions;
  readonly #until_ms: number;
  #controller: Dispatcher.DispatchController | null = null;
  #repeated = false;
  #ended = false;
  #informational = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #body: Buffer[] = [];
  #size = 0;
  #resolve: (answer: Answer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(
    private readonly pool: Dispatcher,
    private readonly deadlines: Deadlines,
    private readonly trace: SendTrace,
    { path, headers, body, timeout_ms }: ExchangeTerms,
  ) {
    super();
    this.#options = { method: 'POST', path, headers, body, carrier: null };
    this.#until_ms = trace.started_ms + timeout_ms;
  }

  /** Once. @throws SendError, DestinationRefused or an error of the client when no status came */
  run(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.deadlines.set(this, this.#until_ms);
      this.pool.dispatch(this.#options, this);
    });
  }

  expired(): void {
    if (this.#status === 0) this.#fail(new SendError('timeout'));
    else this.#answer('left');
  }

  /** A connection is there and nothing is written yet. What has waited for it beyond its deadline is not sent, and leaves it unused. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) throw new SendError('timeout');
    this.#controller = controller;
    const connection = this.#options.carrier?.connection;
    if (connection) this.trace.carriedBy(connection);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#ended) return;
    if (status < 200) {
      this.#informational += 1;
      if (this.#informational > MAX_INFORMATIONAL) this.#fail(new SendError('protocol_error'));
      return;
    }
    this.#status = status;
    this.#headers = headers;
    this.trace.answered();
    this.deadlines.set(this, Math.min(this.#until_ms, performance.now() + MAX_BODY_MS));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#body.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= MAX_BODY_BYTES) this.#answer('left');
  }

  onResponseEnd(): void {
    this.#answer('whole');
  }

  /**
   * A reused connection may end between the choice of it and the first byte. Nothing was sent then, so the request goes out on another one,
   * once: the client does that by itself for a connection that was closed, we for one that was reset. After the first byte only the receiver
   * knows what arrived, and that is a failure like any other.
   */
  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#ended) return;
    if (this.#status !== 0) this.#answer('broken');
    else if (this.#controller === null && !this.#repeated && isReset(error)) {
      this.#repeated = true;
      // Later: the client is in the midst of emptying the queue that this would go into.
      queueMicrotask(() => this.pool.dispatch(this.#options, this));
    } else this.#fail(error);
  }

  #answer(ending: Answer['ending']): void {
    if (!this.#end()) return;
    this.#resolve({ status: this.#status, headers: this.#headers, body: this.#body, ending });
    if (ending === 'left') this.#letGo();
  }

  #fail(error: Error): void {
    if (!this.#end()) return;
    this.#reject(error);
    this.#letGo();
  }

  /** @returns whether it had not ended before */
  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.deadlines.clear(this);
    return true;
  }

  /** Later, for the client's parser may be at work above us. Without effect when the request is over. */
  #letGo(): void {
    queueMicrotask(() => this.#controller?.abort(new SendError('timeout')));
  }
}
