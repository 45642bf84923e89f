import fc from 'fast-check';
import { createStreamParser, readStream, type StreamEvent } from './stream';

const readAll = (...chunks: string[]): StreamEvent[] => {
  const parser = createStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
};
const TEXT = 'retry: 2000\n\n: hello\nid: 1\nevent: provisioning.step\ndata: {"a":1}\n\nid: 2\ndata: one\ndata: two\n\n';
const EVENTS = [
  { id: '1', event: 'provisioning.step', data: '{"a":1}' },
  { id: '2', event: 'message', data: 'one\ntwo' },
];

describe('the stream parser', () => {
  it('reads events, comments and retry', () => {
    const parser = createStreamParser();
    expect(parser.push(TEXT)).toEqual(EVENTS);
    expect(parser.retry()).toBe(2000);
    expect(parser.lastId()).toBe('2');
  });

  it('gives the same events however the text is cut and its lines end', () => {
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(ends, fc.array(fc.nat(TEXT.length * 2), { maxLength: 12 }), (end, cuts) => {
        const text = TEXT.replaceAll('\n', end) + end;
        const points = [...new Set([0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length])].sort((a, b) => a - b);
        const chunks = points.slice(1).map((point, index) => text.slice(points[index], point));
        // A trailing CR waits for its possible LF.
        expect(readAll(...chunks, '\n')).toEqual(EVENTS);
      }),
    );
  });

  it('drops a leading BOM, ignores unknown fields and events without data', () => {
    expect(readAll('\ufeffdata: x\n\n', 'event: empty\n\n', 'foo: bar\ndata\n\n')).toEqual([
      { id: '', event: 'message', data: 'x' },
      { id: '', event: 'message', data: '' },
    ]);
  });

  it('gives nothing for an event that is not finished', () => expect(readAll('data: half\n')).toEqual([]));
});

describe('readStream', () => {
  const body = (text: string): Response => new Response(new Blob([text]).stream());

  it('stops when the topics are refused', async () => {
    const outcome = await readStream({
      open: () => Promise.resolve(null),
      onEvent: () => undefined,
      onGap: () => undefined,
      signal: new AbortController().signal,
    });
    expect(outcome).toBe('refused');
  });

  it('tells a resync as a gap and reconnects with the last id', async () => {
    const stop = new AbortController();
    const asked: string[] = [];
    const seen: string[] = [];
    let gaps = 0;
    await readStream({
      signal: stop.signal,
      wait: () => Promise.resolve(),
      open: (lastId) => {
        asked.push(lastId);
        if (asked.length > 1) stop.abort();
        return Promise.resolve(body('id: 9\ndata: x\n\nevent: resync\ndata: {}\n\n'));
      },
      onEvent: (event) => seen.push(event.data),
      onGap: () => (gaps += 1),
    });
    expect(asked).toEqual(['', '9']);
    expect(seen.length).toBeGreaterThanOrEqual(1);
    expect(gaps).toBeGreaterThanOrEqual(2);
  });
});
