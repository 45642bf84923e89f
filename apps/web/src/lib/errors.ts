import type { ErrorCode, FieldError } from '#contracts/errors.js';
import { isMessage, t, tryText, type MessageKey } from './i18n';

/** RFC 9457 answer of the API, with the extras of its code. */
export interface Problem {
  readonly title?: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly request_id?: string;
  readonly errors?: readonly FieldError[];
  readonly [extra: string]: unknown;
}

/** Codes that are made here, not by the API. */
export type LocalCode = 'network' | 'unreadable' | 'signed_out';

// A code of the contracts without a text in en.json does not compile.
type Untold = Exclude<`error.${ErrorCode | LocalCode}`, MessageKey>;
const told: [Untold] extends [never] ? true : Untold = true;
void told;

export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    /** Seconds, from Retry-After. */
    readonly retryAfter: number | null = null,
  ) {
    super(problem.code);
    this.name = 'ApiError';
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

export const localError = (code: LocalCode): ApiError => new ApiError({ status: 0, code });

export const hasCode = (error: unknown, ...codes: (ErrorCode | LocalCode)[]): error is ApiError =>
  error instanceof ApiError && (codes as string[]).includes(error.code);

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads whatever came back as a problem; anything that is not one keeps its status and says `unreadable`. */
export function toProblem(body: unknown, status: number, requestId: string | null): Problem {
  const base = requestId === null ? {} : { request_id: requestId };
  if (!isRecord(body) || typeof body.code !== 'string') return { ...base, status, code: 'unreadable' };
  const errors = Array.isArray(body.errors)
    ? body.errors.filter(
        (item): item is FieldError =>
          isRecord(item) && typeof item.field === 'string' && typeof item.code === 'string' && typeof item.message === 'string',
      )
    : [];
  return { ...base, ...body, status, code: body.code, errors };
}

/** `Retry-After` in seconds: a number or a date. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}

/** What the person reads. Never a stack, never a value that came in. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.internal');
  const key = `error.${error.code}`;
  return isMessage(key) ? t(key) : t('error.unreadable');
}

/** What to say beside one field: our text for the rule, else the server's message. */
export const fieldText = (error: FieldError): string => tryText(`field.${error.code}`, error.message);

/** Permission a refusal names, if it names one. */
export function missingPermissions(problem: Problem): string[] {
  const named = problem.permission ?? problem.permissions ?? problem.missing;
  if (typeof named === 'string') return [named];
  return Array.isArray(named) ? named.filter((item): item is string => typeof item === 'string') : [];
}

/** What else a refusal names: why a store cannot close, which modules hang on this one. */
export function refusalDetails(problem: Problem): string[] {
  const strings = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  const modules = (value: unknown): string => strings(value).map((code) => tryText(`module.${code}`, code)).join(', '); // prettier-ignore
  return [
    ...strings(problem.reasons).map((reason) => tryText(`blocker.${reason}`, reason)),
    ...(modules(problem.needed_by) === '' ? [] : [t('modules.needed_by_list', { list: modules(problem.needed_by) })]),
    ...(modules(problem.needs) === '' ? [] : [t('modules.needs_list', { list: modules(problem.needs) })]),
  ];
}

const unescapePointer = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** `/owner/email` → `owner.email`; `/events/0` → `events.0`. Null for what is not a pointer into the body. */
export function pointerPath(pointer: string): string | null {
  if (!pointer.startsWith('/')) return null;
  const path = pointer.slice(1).split('/').map(unescapePointer);
  return path.some((part) => part === '' || part === '__proto__') ? null : path.join('.');
}

export interface MappedErrors {
  readonly fields: Readonly<Record<string, string>>;
  /** Errors of no field of this form: shown on top. */
  readonly rest: readonly string[];
}

/** Puts the errors of a problem beside the fields of a form. An error inside a field (`events.0`) belongs to the field (`events`). */
export function mapErrors(problem: Problem, names: readonly string[]): MappedErrors {
  const fields: Record<string, string> = {};
  const rest: string[] = [];
  for (const error of problem.errors ?? []) {
    let path: string | null = pointerPath(error.field);
    while (path !== null && !names.includes(path)) path = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : null;
    if (path === null) rest.push(fieldText(error));
    else fields[path] = fields[path] === undefined ? fieldText(error) : `${fields[path]} ${fieldText(error)}`;
  }
  return { fields, rest };
}
