import type { Notifications } from './notifications.js';
import { StreamAudience } from './stream-audience.js';

/** The channel between the processes: what one sends, all get. */
class Bus {
  readonly sent: string[] = [];
  readonly #listeners = new Set<(payload: string) => void>();
  isUp = true;
  /** The connection of one more process. */
  connection(): Notifications {
    const listeners = this.#listeners;
    const isUp = () => this.isUp;
    return {
      get isConnected() {
        return isUp();
      },
      listen: (_channel: string, listener: (payload: string) => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      notify: (_channel: string, payload: string) => {
        this.sent.push(payload);
        for (const listener of listeners) listener(payload);
        return Promise.resolve(true);
      },
    } as unknown as Notifications;
  }
  hear(payload: string): void {
    for (const listener of this.#listeners) listener(payload);
  }
}

describe('StreamAudience', () => {
  let bus: Bus;
  const open: StreamAudience[] = [];
  beforeEach(() => {
    jest.useFakeTimers();
    bus = new Bus();
  });
  afterEach(() => {
    for (const audience of open.splice(0)) audience.onModuleDestroy();
    jest.useRealTimers();
  });
  const process = (): StreamAudience => {
    const audience = new StreamAudience(bus.connection());
    open.push(audience);
    return audience;
  };
  const topics = (audience: StreamAudience, tenant_id = 'a'): string[] => [...audience.topicsOf(tenant_id)].sort();

  it('knows in every process what is read of a tenant, and nothing of another', () => {
    const [here, there] = [process(), process()];
    expect([there.isEmpty, topics(there)]).toEqual([true, []]);
    here.enter('a', ['webhooks', 'job:1']);
    expect([topics(here), topics(there), topics(there, 'b')]).toEqual([['job:1', 'webhooks'], ['job:1', 'webhooks'], []]);
  });

  it('tells a process that starts later within twenty seconds', () => {
    process().enter('a', ['webhooks']);
    const late = process();
    expect(late.isEmpty).toBe(true);
    jest.advanceTimersByTime(20_000);
    expect(topics(late)).toEqual(['webhooks']);
  });

  it('forgets readers that are gone, also those of a process that died, and is empty again', () => {
    const [here, there] = [process(), process()];
    const leave = [here.enter('a', ['webhooks']), here.enter('a', ['webhooks'])];
    leave[0]?.();
    leave[0]?.(); // a stream closes once, whoever says it twice
    jest.advanceTimersByTime(120_000);
    expect(topics(there)).toEqual(['webhooks']);
    leave[1]?.();
    const { length } = bus.sent;
    jest.advanceTimersByTime(60_000);
    expect(bus.sent).toHaveLength(length);
    expect([topics(there), there.isEmpty]).toEqual([[], true]);
  });

  it('says nothing for a reader of other topics', () => {
    process().enter('a', [])();
    jest.advanceTimersByTime(60_000);
    expect(bus.sent).toEqual([]);
  });

  it('tells of many readers in messages that NOTIFY takes', () => {
    const [here, there] = [process(), process()];
    for (let n = 0; n < 500; n += 1)
      here.enter(`0197e2a4-6f00-7c3d-8a51-${String(n).padStart(12, '0')}`, ['webhook:0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e10']);
    bus.sent.splice(0);
    jest.advanceTimersByTime(20_000);
    expect(bus.sent.length).toBeGreaterThan(1);
    expect(Math.max(...bus.sent.map((payload) => Buffer.byteLength(payload)))).toBeLessThan(7_900);
    expect(topics(there, '0197e2a4-6f00-7c3d-8a51-000000000499')).toHaveLength(1);
  });

  it('knows its own readers while there is no connection', () => {
    bus.isUp = false;
    const here = process();
    here.enter('a', ['webhooks']);
    expect([topics(here), bus.sent]).toEqual([['webhooks'], []]);
  });

  it('leaves alone what it cannot read', () => {
    const here = process();
    for (const payload of ['', 'a', 'a b c', '\n\n', '{"a":1}']) bus.hear(payload);
    expect(here.isEmpty).toBe(true);
  });
});
