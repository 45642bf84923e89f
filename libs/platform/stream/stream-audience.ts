import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Notifications } from './notifications.js';

/** Readers are announced anew so often, and forgotten when nothing was heard of them for twice that and a bit. */
const BEAT_MS = 20_000;
const KEEP_MS = 50_000;
/** pg_notify takes less than 8000 bytes. */
const ANNOUNCED_AT_ONCE = 60;
const NOBODY: ReadonlySet<string> = new Set();

interface Listened {
  readonly tenant_id: string;
  readonly topic: string;
}

/**
 * Which announced topics of which tenant somebody reads, in any process. For publishers on hot paths: what nobody reads is not published,
 * and to find that out costs a look into a map. A process tells the others of its readers when they come and every 20 s; one that starts
 * later hears within that time. Hints about hints: whoever is not known yet misses some, and reads again on its own.
 */
@Injectable()
export class StreamAudience implements OnModuleDestroy {
  /** Of this process: how many read it. */
  readonly #own = new Map<string, Listened & { readers: number }>();
  /** Of all processes: tenant → topic → until when. */
  readonly #known = new Map<string, Map<string, number>>();
  readonly #stopListening: () => void;
  #beat: NodeJS.Timeout | null = null;

  constructor(private readonly notifications: Notifications) {
    this.#stopListening = notifications.listen('tenantry_readers', (payload) => this.#receive(payload));
  }

  onModuleDestroy(): void {
    this.#stopListening();
    this.#rest();
  }

  /** A reader of this process has come. @returns to be called when it leaves */
  enter(tenant_id: string, topics: readonly string[]): () => void {
    if (topics.length === 0) return () => undefined;
    const entered = topics.map((topic) => ({ tenant_id, topic }));
    for (const listened of entered) {
      const key = keyOf(listened);
      const own = this.#own.get(key) ?? { ...listened, readers: 0 };
      own.readers += 1;
      this.#own.set(key, own);
    }
    this.#announce(entered);
    this.#beat ??= setInterval(() => this.#announce([...this.#own.values()]), BEAT_MS).unref();
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#leave(entered);
    };
  }

  /** Nobody has read anything lately that is announced. */
  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** Announced topics of the tenant that somebody has read lately. */
  topicsOf(tenant_id: string): ReadonlySet<string> {
    const topics = this.#known.get(tenant_id);
    if (!topics) return NOBODY;
    const now = performance.now();
    for (const [topic, until] of topics) if (until < now) topics.delete(topic);
    if (topics.size === 0) this.#known.delete(tenant_id);
    return new Set(topics.keys());
  }

  #leave(entered: readonly Listened[]): void {
    for (const listened of entered) {
      const own = this.#own.get(keyOf(listened));
      if (!own) continue;
      own.readers -= 1;
      if (own.readers <= 0) this.#own.delete(keyOf(listened));
    }
    if (this.#own.size === 0) this.#rest();
  }

  #rest(): void {
    if (this.#beat) clearInterval(this.#beat);
    this.#beat = null;
  }

  #announce(readers: readonly Listened[]): void {
    for (let i = 0; i < readers.length; i += ANNOUNCED_AT_ONCE) {
      const part = readers
        .slice(i, i + ANNOUNCED_AT_ONCE)
        .map(keyOf)
        .join('\n');
      if (!this.notifications.isConnected) this.#receive(part);
      else
        void this.notifications.notify('tenantry_readers', part).then((taken) => {
          if (!taken) this.#receive(part);
        });
    }
  }

  #receive(payload: string): void {
    const now = performance.now();
    for (const line of payload.split('\n')) {
      const [tenant_id, topic, ...rest] = line.split(' ');
      if (!tenant_id || !topic || rest.length) continue; // another program on our channel
      const topics = this.#known.get(tenant_id) ?? new Map<string, number>();
      topics.set(topic, now + KEEP_MS);
      this.#known.set(tenant_id, topics);
    }
    for (const tenant_id of this.#known.keys()) this.topicsOf(tenant_id);
  }
}

const keyOf = ({ tenant_id, topic }: Listened): string => `${tenant_id} ${topic}`;
