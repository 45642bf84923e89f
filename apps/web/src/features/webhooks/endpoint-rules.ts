/** What the screens of webhooks compute by themselves. Pure. */
import type { Webhook, WebhookEventType } from '../../lib/types';

/** Failed sends in a row from which on an endpoint counts as failing; the API tells the administrators at the same number. */
export const FAILING_AFTER = 10;
export type Health = 'active' | 'failing' | 'paused' | 'disabled';

export const healthOf = ({ status, failure_count }: Pick<Webhook, 'status' | 'failure_count'>): Health =>
  status === 'active' && failure_count >= FAILING_AFTER ? 'failing' : status;

/** The host of an address, or the text itself while it is none. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

const FIRST_DELAYS_S = [1, 5, 25];
const LONGEST_DELAY_S = 12 * 3600;

/** Seconds to wait before each repeat: 1, 5, 25, then five times the one before, at most 12 hours. */
export function retryDelays(count: number): number[] {
  const delays: number[] = [];
  for (let n = 0; n < count; n++) delays.push(FIRST_DELAYS_S[n] ?? Math.min(LONGEST_DELAY_S, (delays[n - 1] ?? 1) * 5));
  return delays;
}

/** `25 s`, `2 min`, `4.3 h`: as exact as one needs it for a wait. */
export function delayText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toFixed(1))} h`;
}

/** Whether a pattern of a subscription (`order.created`, `order.*`, `*`) takes a type. */
export const takes = (pattern: string, type: string): boolean =>
  pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));

export const matchedTypes = <T extends Pick<WebhookEventType, 'type'>>(patterns: readonly string[], catalogue: readonly T[]): T[] =>
  catalogue.filter(({ type }) => patterns.some((pattern) => takes(pattern, type)));

/**
 * Types that a pattern of the webhook takes and that are not sent, because nobody who may read them has saved it since they came.
 * Whoever may read them all can save it again as it is.
 */
export const withheldTypes = <T extends Pick<WebhookEventType, 'type' | 'requires'>>(
  { events, granted_requires }: Pick<Webhook, 'events' | 'granted_requires'>,
  catalogue: readonly T[],
): T[] => matchedTypes(events, catalogue).filter(({ requires }) => !granted_requires.includes(requires));

/** By what the events are about: `order.created` stands under `order`. */
export function groupTypes<T extends Pick<WebhookEventType, 'type'>>(catalogue: readonly T[]): [group: string, types: T[]][] {
  const groups = new Map<string, T[]>();
  for (const entry of catalogue) {
    const group = entry.type.slice(0, entry.type.indexOf('.'));
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return [...groups];
}

/** With the pattern or without it. One that takes it in (`order.*` has `order.created`) makes the narrower ones needless. */
export function togglePattern(chosen: readonly string[], pattern: string): string[] {
  if (chosen.includes(pattern)) return chosen.filter((one) => one !== pattern);
  return [...chosen.filter((one) => !takes(pattern, one)), pattern].sort();
}

const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/;

/** Headers as typed, `Name: value` line by line. `wrong` is the first line that is no header. */
export function parseHeaders(typed: string): { headers: Record<string, string>; wrong: string | null } {
  const headers: Record<string, string> = {};
  for (const line of typed.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) return { headers, wrong: line };
    headers[name] = value;
  }
  return { headers, wrong: null };
}
