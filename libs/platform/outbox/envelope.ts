/** Above this the sent body is thin: it says where the whole one is. */
export const THIN_ABOVE_BYTES = 64 * 1_024;
export const EVENT_MAX_BYTES = 1_024 * 1_024;

/** A developer's error, so no code of the catalogue: the event should name the thing and let its reader page through it. */
export class EventTooLarge extends Error {
  readonly code = 'event_too_large';
  constructor(type: string, bytes: number) {
    super(`event_too_large: ${type} has ${bytes} bytes, at most ${EVENT_MAX_BYTES}`);
    this.name = 'EventTooLarge';
  }
}

export interface Envelope {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly tenant_id: string;
  readonly subject_id: string;
  readonly sequence: number | null;
  readonly data: unknown;
}

export interface EventBodies {
  /** What is stored, signed and sent: the same bytes. */
  readonly body: string;
  /** The whole event where `body` is thin. */
  readonly full_body: string | null;
}

/**
 * The bodies of an event. `data_url` is where a thin body sends its reader. Parsing the body and writing it again gives the same text
 * (integer-like keys, -0, numbers above 2^53, lone surrogates, NUL, `__proto__`), so a consumer may do that before it checks the signature.
 * Throws EventTooLarge above 1 MiB.
 */
export function eventBodies(envelope: Envelope, data_url: string): EventBodies {
  const full = fixedPoint(envelope);
  const bytes = Buffer.byteLength(full);
  if (bytes > EVENT_MAX_BYTES) throw new EventTooLarge(envelope.type, bytes);
  if (bytes <= THIN_ABOVE_BYTES) return { body: full, full_body: null };
  return { body: fixedPoint({ ...envelope, data: null, data_url }), full_body: full };
}

const fixedPoint = (value: unknown): string => JSON.stringify(JSON.parse(JSON.stringify(value)));
