import { isUuid } from '#contracts/ids.js';

/** What a job carries: ids and numbers. Everything else is in the row that the id names. */
export type Payload = Readonly<Record<string, string | number>>;

export const PAYLOAD_MAX_BYTES = 1_024;

export class PayloadRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PayloadRefused';
  }
}

/**
 * Throws unless every value is a UUID or a finite number and the whole is at most 1 kB as JSON. The queue may be a Redis that others can
 * read, so no name, address or token may be in there; the message says which key is wrong, never its value.
 */
export function checkPayload(payload: Payload): void {
  for (const [key, value] of Object.entries(payload)) {
    const accepted = typeof value === 'number' ? Number.isFinite(value) : isUuid(value);
    if (!accepted) throw new PayloadRefused(`payload.${key} is neither an id nor a number`);
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > PAYLOAD_MAX_BYTES)
    throw new PayloadRefused(`payload is larger than ${PAYLOAD_MAX_BYTES} bytes`);
}

/** `<row id>-<attempt>`: an alarm for the same attempt of the same row is the same alarm, however often it is set. */
export function jobId(row_id: string, attempts: number): string {
  if (!isUuid(row_id)) throw new PayloadRefused('the id of the row is no UUID');
  return `${row_id}-${attempts}`;
}
