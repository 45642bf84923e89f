import { phasesOf } from './attempt-phases';

it('puts the parts of a send one after the other, the wait up to the first byte', () =>
  expect(phasesOf({ dns_ms: 4, connect_ms: 10, tls_ms: 20, ttfb_ms: 100 })).toEqual([
    { phase: 'dns', start: 0, end: 4 },
    { phase: 'connect', start: 4, end: 14 },
    { phase: 'tls', start: 14, end: 34 },
    { phase: 'wait', start: 34, end: 100 },
  ]));
it('leaves out what a reused connection did not need', () =>
  expect(phasesOf({ dns_ms: 0, connect_ms: 0, tls_ms: 0, ttfb_ms: 12 })).toEqual([{ phase: 'wait', start: 0, end: 12 }]));
it('ends where the send ended', () =>
  expect(phasesOf({ dns_ms: 4, connect_ms: null, tls_ms: null, ttfb_ms: null })).toEqual([{ phase: 'dns', start: 0, end: 4 }]));
