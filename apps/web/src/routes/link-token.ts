import { readLinkToken, writeLinkToken } from '../lib/storage';

const TOKEN = /^#([A-Za-z0-9_-]{16,256})$/;

/** The token of a mailed link stands in the fragment: read once, kept for this tab until it is used. */
export function keepToken(kind: 'reset' | 'staff_reset' | 'verify'): void {
  const token = TOKEN.exec(window.location.hash)?.[1];
  if (token !== undefined && token !== readLinkToken(kind)) writeLinkToken(kind, token);
}
/** Taken out of the address, so that no history and no copied link has it. */
export function cleanAddress(): void {
  if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
}
