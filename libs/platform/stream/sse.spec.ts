import { SSE_HEARTBEAT, sseEvent, sseOpening } from './sse.js';

describe('server-sent events', () => {
  it('writes id, event and data in the order of the page', () => {
    expect(sseEvent({ id: '01J', event: 'job.progress', data: { topic: 'jobs', done: 3 } })).toBe(
      'id: 01J\nevent: job.progress\ndata: {"topic":"jobs","done":3}\n\n',
    );
  });

  it('leaves the id out where there is none', () => {
    expect(sseEvent({ event: 'closing', data: { reason: 'stop' } })).toBe('event: closing\ndata: {"reason":"stop"}\n\n');
  });

  it('keeps line breaks of values inside the JSON', () => {
    const text = sseEvent({ event: 'x', data: { s: 'a\nb\r\nevent: forged\n\n' } });
    expect(text.split('\n').filter((line) => line !== '')).toHaveLength(2);
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j as an id or a name', (text) => {
    expect(() => sseEvent({ id: text, event: 'x', data: {} })).toThrow('one line');
    expect(() => sseEvent({ event: text, data: {} })).toThrow('one line');
  });

  it('opens with the time to wait and keeps alive with a comment', () => {
    expect(sseOpening(2_000)).toBe('retry: 2000\n\n');
    expect(SSE_HEARTBEAT).toMatch(/^:\n\n$/);
  });
});
