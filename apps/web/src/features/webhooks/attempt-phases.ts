import type { DeliveryAttempt } from '../../lib/types';

export interface Phase {
  readonly phase: 'dns' | 'connect' | 'tls' | 'wait';
  /** Milliseconds from the start of the send. */
  readonly start: number;
  readonly end: number;
}
type Times = Pick<DeliveryAttempt, 'dns_ms' | 'connect_ms' | 'tls_ms' | 'ttfb_ms'>;

/**
 * The parts of a send, one after the other. `ttfb_ms` counts from the start of the send, the others are of their part alone; 0 on a reused
 * connection. What took no time, or was not reached, is left out.
 */
export function phasesOf({ dns_ms, connect_ms, tls_ms, ttfb_ms }: Times): Phase[] {
  const opening = [['dns', dns_ms], ['connect', connect_ms], ['tls', tls_ms]] as const; // prettier-ignore
  const phases: Phase[] = [];
  let at = 0;
  for (const [phase, took] of opening) {
    if (took === null || took === 0) continue;
    phases.push({ phase, start: at, end: at + took });
    at += took;
  }
  if (ttfb_ms !== null && ttfb_ms >= at) phases.push({ phase: 'wait', start: at, end: ttfb_ms });
  return phases;
}
