/**
 * Server-sent events as text (https://html.spec.whatwg.org/multipage/server-sent-events.html). `data` is JSON, so it has no line break;
 * names and ids are ours. What is not one line throws: it could smuggle a field in.
 */
export interface SseEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** First thing on the wire: how long a browser waits before it connects again, in ms. Also makes proxies pass the headers on. */
export const sseOpening = (retry_ms: number): string => `retry: ${Math.round(retry_ms)}\n\n`;

/** A comment: keeps idle proxies from closing the connection. */
export const SSE_HEARTBEAT = ':\n\n';

export function sseEvent({ id, event, data }: SseEvent): string {
  const head = id === undefined ? '' : `id: ${oneLine(id)}\n`;
  return `${head}event: ${oneLine(event)}\ndata: ${JSON.stringify(data)}\n\n`;
}

function oneLine(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new Error('a field of an event is one line');
  return text;
}
