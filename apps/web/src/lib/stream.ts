/**
 * Server-sent events read from a streaming `fetch` (`EventSource` cannot send Authorization). The stream is a hint: what counts is the
 * GET that a message points at. Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface StreamParser {
  push(chunk: string): StreamEvent[];
  /** Sent back as Last-Event-ID. */
  lastId(): string;
  /** Milliseconds from a `retry:` line, or null. */
  retry(): number | null;
}

/** Accepts text cut anywhere, line ends LF, CR and CRLF, a leading BOM. */
export function createStreamParser(): StreamParser {
  let rest = '';
  let started = false;
  let id = '';
  let wait: number | null = null;
  let event = '';
  let data: string[] = [];

  const take = (line: string, out: StreamEvent[]): void => {
    if (line === '') {
      if (data.length > 0) out.push({ id, event: event === '' ? 'message' : event, data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    if (line.startsWith(':')) return;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id' && !value.includes('\u0000')) id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) wait = Number(value);
  };

  return {
    push(chunk) {
      const out: StreamEvent[] = [];
      rest += chunk;
      if (!started && rest !== '') {
        started = true;
        if (rest.startsWith('\ufeff')) rest = rest.slice(1);
      }
      for (;;) {
        const match = /\r\n|\n|\r/.exec(rest);
        // A CR at the very end may be half of a CRLF: wait for the next chunk.
        if (match === null || (match[0] === '\r' && match.index === rest.length - 1)) return out;
        take(rest.slice(0, match.index), out);
        rest = rest.slice(match.index + match[0].length);
      }
    },
    lastId: () => id,
    retry: () => wait,
  };
}

export interface StreamOptions {
  /** Opens the response; null when the topic is refused for good (404, 403). */
  open(lastId: string, signal: AbortSignal): Promise<Response | null>;
  onEvent(event: StreamEvent): void;
  /** Messages may have been missed: refetch. */
  onGap(): void;
  signal: AbortSignal;
  /** Tests bring their own. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

/** Reads until aborted; reconnects after 1 s … 30 s with jitter. Resolves `refused` when the server will never answer. */
export async function readStream(options: StreamOptions): Promise<'refused' | 'aborted'> {
  const { signal } = options;
  let lastId = '';
  let failures = 0;
  while (!signal.aborted) {
    try {
      const response = await options.open(lastId, signal);
      if (response === null) return 'refused';
      if (lastId !== '' || failures > 0) options.onGap();
      failures = 0;
      lastId = await pump(response, options, lastId);
    } catch (cause) {
      if (signal.aborted) return 'aborted';
      failures += 1;
      if (!(cause instanceof Error)) throw cause;
    }
    await (options.wait ?? pause)(Math.min(30_000, 1000 * 2 ** Math.max(0, failures - 1)) * (0.75 + Math.random() / 2), signal);
  }
  return 'aborted';
}

async function pump(response: Response, options: StreamOptions, lastId: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>).getReader();
  if (reader === undefined) throw new Error('the stream has no body');
  const parser = createStreamParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parser.lastId() || lastId;
    for (const event of parser.push(value)) {
      if (event.event === 'resync') options.onGap();
      else options.onEvent(event);
    }
  }
}
