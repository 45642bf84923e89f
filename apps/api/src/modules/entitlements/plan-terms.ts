import { invalid, type FieldError } from '#contracts/errors.js';
import { LIMIT_CODES, resolveModule, type BillingInterval } from '#contracts/modules.js';

const LIMITS: ReadonlySet<string> = new Set(LIMIT_CODES);
type GivenLimits = Readonly<Record<string, unknown>>;
type CheckedLimits = Readonly<Record<string, number | null>>;

export interface GivenTerms {
  readonly is_addon: boolean;
  readonly modules: readonly string[];
  readonly limits: GivenLimits;
  readonly trial_days: number;
  readonly trial_limits: GivenLimits;
  readonly prices: readonly { readonly currency: string; readonly interval: BillingInterval; readonly amount: number }[];
}
export type CheckedTerms = Omit<GivenTerms, 'limits' | 'trial_limits'> & {
  readonly limits: CheckedLimits;
  readonly trial_limits: CheckedLimits;
};

/**
 * What staff say that a plan gives, checked: limits of this release, a number or (null) none; modules by code or alias; each price once.
 * An add-on adds numbers to a plan, so it has no null, and it is no trial. Pure. @throws Problem validation_failed, unknown_module
 */
export function checkedTerms<T extends GivenTerms>(terms: T): T & CheckedTerms {
  const codes = terms.modules.map((name) => moduleCode(name));
  const strange = terms.modules.filter((_, i) => codes[i] === null);
  if (strange.length) throw invalid(strange.map((name) => ({ field: `/modules/${terms.modules.indexOf(name)}`, code: 'unknown_module', message: 'There is no such module.' })), 'unknown_module'); // prettier-ignore
  const errors = [
    ...limitErrors(terms.limits, '/limits', terms.is_addon),
    ...limitErrors(terms.trial_limits, '/trial_limits', terms.is_addon),
    ...(terms.is_addon && (terms.trial_days > 0 || Object.keys(terms.trial_limits).length > 0)
      ? [{ field: '/trial_days', code: 'no_trial', message: 'An add-on has no trial.' }]
      : []),
    ...priceErrors(terms.prices),
  ];
  if (errors.length) throw invalid(errors);
  return { ...terms, modules: [...new Set(codes.filter((code) => code !== null))].sort() } as T & CheckedTerms;
}

/** A toggleable module by code or alias; null for anything else. */
export function moduleCode(name: string): string | null {
  const found = resolveModule(name);
  return found?.kind === 'module' ? found.code : null;
}

export const isLimit = (code: string): boolean => LIMITS.has(code);
/** What a limit may be. */
export const isAmount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function limitErrors(limits: GivenLimits, pointer: string, isAddon: boolean): FieldError[] {
  return Object.entries(limits).flatMap(([code, value]): FieldError[] => {
    const field = `${pointer}/${code.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!isLimit(code)) return [{ field, code: 'unknown_limit', message: 'There is no such limit.' }];
    if (isAmount(value) || (value === null && !isAddon)) return [];
    return [{ field, code: 'not_a_limit', message: isAddon ? 'A whole number from 0.' : 'A whole number from 0, or null for no limit.' }];
  });
}

const priceErrors = (prices: GivenTerms['prices']): FieldError[] =>
  prices.flatMap(({ currency, interval }, i) =>
    prices.findIndex((other) => other.currency === currency && other.interval === interval) < i
      ? [{ field: `/prices/${i}`, code: 'repeated', message: 'One price for each currency and interval.' }]
      : [],
  );
