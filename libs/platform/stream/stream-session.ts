import { Readable } from 'node:stream';
import type { SentMessage, StreamHub, StreamListener, StreamReader } from './stream-hub.js';
import { SSE_HEARTBEAT, sseEvent, sseOpening } from './sse.js';

export interface SessionTerms {
  readonly reader: StreamReader;
  readonly last_event_id: string | null;
  /** When the token ends; null: it has no end of its own. */
  readonly expires_at: Date | null;
  /** Are the rights still there? The reason to close, or null. Throws when it could not be found out. */
  recheck(): Promise<string | null>;
  readonly times?: Partial<StreamTimes>;
}

export interface StreamTimes {
  readonly retry_ms: number;
  readonly heartbeat_ms: number;
  readonly recheck_ms: number;
  /** Rechecks may fail (database away) this long. */
  readonly blind_ms: number;
  readonly max_age_ms: number;
}

const TIMES: StreamTimes = { retry_ms: 2_000, heartbeat_ms: 15_000, recheck_ms: 2_000, blind_ms: 15_000, max_age_ms: 15 * 60_000 };
/** What a reader may leave unread. */
const MAX_UNREAD_BYTES = 256 * 1_024;

/**
 * One open stream: the body of the answer. Ends by itself when the token expires, the rights are gone, the reader is too slow or after
 * 15 minutes; the browser then connects again with its `Last-Event-ID`.
 */
export class StreamSession extends Readable implements StreamListener {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #times: StreamTimes;
  #leave: () => void = () => undefined;
  #checked_at = performance.now();
  #isChecking = false;
  #isClosed = false;

  private constructor(
    private readonly hub: StreamHub,
    private readonly terms: SessionTerms,
  ) {
    super({ read: () => undefined }); // data is pushed as it comes
    this.#times = { ...TIMES, ...terms.times };
  }

  /** @returns null: the person has too many streams already */
  static open(hub: StreamHub, terms: SessionTerms): StreamSession | null {
    const session = new StreamSession(hub, terms);
    session.push(sseOpening(session.#times.retry_ms));
    const leave = hub.subscribe(terms.reader, session, terms.last_event_id);
    if (!leave) return null;
    session.#begin(leave);
    return session;
  }

  message({ id, event, data, topic }: SentMessage): void {
    this.#send(sseEvent({ id, event, data: { topic, ...data } }));
  }

  resync(): void {
    this.#send(sseEvent({ event: 'resync', data: {} }));
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end();
    this.push(sseEvent({ event: 'closing', data: { reason } }));
    this.push(null);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#isClosed = true;
    this.#end();
    callback(error);
  }

  #begin(leave: () => void): void {
    const { heartbeat_ms, recheck_ms, max_age_ms } = this.#times;
    this.#leave = leave;
    const { expires_at } = this.terms;
    const token_ms = expires_at ? Math.max(0, expires_at.getTime() - Date.now()) : Infinity;
    const reason = token_ms < max_age_ms ? 'token_expired' : 'max_age';
    this.#timers.push(
      setTimeout(() => this.close(reason), Math.min(token_ms, max_age_ms)),
      setInterval(() => this.#send(SSE_HEARTBEAT), heartbeat_ms),
      setInterval(() => void this.#recheck(), recheck_ms),
    );
  }

  #send(text: string): void {
    if (this.#isClosed) return;
    this.push(text);
    if (this.readableLength <= MAX_UNREAD_BYTES) return;
    this.hub.dropped('slow');
    this.destroy(); // it does not read, so it would not read a farewell either
  }

  async #recheck(): Promise<void> {
    if (this.#isChecking || this.#isClosed) return;
    this.#isChecking = true;
    try {
      const reason = await this.terms.recheck();
      this.#checked_at = performance.now();
      if (reason !== null) this.close(reason);
    } catch {
      // Not knowing is not a refusal, for a while.
      if (performance.now() - this.#checked_at > this.#times.blind_ms) this.close('unavailable');
    } finally {
      this.#isChecking = false;
    }
  }

  #end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#leave();
  }
}
