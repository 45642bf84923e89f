import { invalid, type FieldError } from '#contracts/errors.js';
import type { Override } from './materialise.js';
import { isAmount, isLimit, moduleCode } from './plan-terms.js';

export interface GivenOverride {
  readonly kind: 'limit' | 'module';
  readonly code: string;
  readonly value?: number | null;
  readonly allowed?: boolean;
  readonly expires_at?: Date | null;
}
export interface GivenOverrides {
  /** All overrides from now on. */
  readonly overrides?: readonly GivenOverride[];
  /** Limits without an end: each takes the place of the override of its code, the others stay. */
  readonly limits?: Readonly<Record<string, unknown>>;
}

/**
 * What of the stored overrides stays, goes and comes. One that is the same stays as it is: with its reason, and with who set it. Pure.
 * @throws Problem validation_failed, unknown_module
 */
export function overridesChange<T extends Override>(
  stored: readonly T[],
  given: GivenOverrides,
  now: Date,
): { readonly removed: T[]; readonly added: Override[] } {
  const listed = given.overrides?.map((override, i) => checked(override, `/overrides/${i}`, now)) ?? stored;
  const limits = Object.entries(given.limits ?? {}).map(([code, value]) => limitOf(code, value));
  const wanted = [...listed.filter((one) => one.kind !== 'limit' || !limits.some(({ code }) => code === one.code)), ...limits];
  const repeated = wanted.findIndex((one, i) => wanted.findIndex((other) => other.kind === one.kind && other.code === one.code) < i);
  if (repeated >= 0) throw refused(`/overrides/${repeated}`, 'repeated', 'One override for each code.');
  return {
    removed: stored.filter((one) => !wanted.some((other) => isSame(one, other))),
    added: wanted.filter((one) => !stored.some((other) => isSame(one, other))),
  };
}

function checked({ kind, code, value, allowed, expires_at = null }: GivenOverride, pointer: string, now: Date): Override {
  if (expires_at && expires_at <= now) throw refused(`${pointer}/expires_at`, 'past', 'Give a moment that is still to come.');
  if (kind === 'module') {
    const known = moduleCode(code);
    if (known === null) throw refused(`${pointer}/code`, 'unknown_module', 'There is no such module.', 'unknown_module');
    if (allowed === undefined || value !== undefined)
      throw refused(`${pointer}/allowed`, 'required', 'Of a module say whether it is allowed.');
    return { kind, code: known, value: null, allowed, expires_at };
  }
  if (!isLimit(code)) throw refused(`${pointer}/code`, 'unknown_limit', 'There is no such limit.');
  if (value === undefined || allowed !== undefined)
    throw refused(`${pointer}/value`, 'required', 'Of a limit say its value; null is no limit.');
  return { kind, code, value, allowed: null, expires_at };
}

function limitOf(code: string, value: unknown): Override {
  const field = `/limits/${code.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (!isLimit(code)) throw refused(field, 'unknown_limit', 'There is no such limit.');
  if (value !== null && !isAmount(value)) throw refused(field, 'not_a_limit', 'A whole number from 0, or null for no limit.');
  return { kind: 'limit', code, value, allowed: null, expires_at: null };
}

const refused = (field: string, code: string, message: string, problem: 'validation_failed' | 'unknown_module' = 'validation_failed') =>
  invalid([{ field, code, message } satisfies FieldError], problem);

const isSame = (a: Override, b: Override): boolean =>
  a.kind === b.kind &&
  a.code === b.code &&
  a.value === b.value &&
  a.allowed === b.allowed &&
  (a.expires_at?.getTime() ?? 0) === (b.expires_at?.getTime() ?? 0);

/** For the audit log: `max_users = 20`, `pos = on until 2026-04-01T00:00:00.000Z`. */
export const overrideTexts = (overrides: readonly Override[]): string[] =>
  overrides
    .map(({ kind, code, value, allowed, expires_at }) => {
      const what = kind === 'module' ? (allowed ? 'on' : 'off') : value === null ? 'no limit' : String(value);
      return `${code} = ${what}${expires_at ? ` until ${expires_at.toISOString()}` : ''}`;
    })
    .sort();
