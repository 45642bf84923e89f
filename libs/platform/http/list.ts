import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { invalid, type FieldError } from '#contracts/errors.js';
import { isUuid } from '../crypto/index.js';
import type { CursorCodec, SortKey } from './cursor.js';

/** What a filter of a list accepts. */
export type FilterSpec =
  | { readonly kind: 'text'; readonly max: number }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'instant' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'int'; readonly min: number; readonly max: number }
  /** `fold`: any case is taken; `aliases`: other words for a value. */
  | {
      readonly kind: 'one_of';
      readonly values: readonly string[];
      readonly fold?: true;
      readonly aliases?: Readonly<Record<string, string>>;
    };

export type Filters<S extends Record<string, FilterSpec>> = {
  readonly [K in keyof S]?: S[K]['kind'] extends 'instant'
    ? Date
    : S[K]['kind'] extends 'flag'
      ? boolean
      : S[K]['kind'] extends 'int'
        ? number
        : string;
};

export interface Page<T> {
  readonly data: T[];
  readonly next_cursor: string | null;
}

/** A parsed list query: how many rows, after which key, which filters; `page()` makes the answer. */
export interface ListRequest<F = Record<string, never>> {
  readonly limit: number;
  readonly after: SortKey | null;
  readonly filters: F;
  /** Rows to read: one more than asked, to know whether there is a next page. */
  readonly take: number;
  page<T>(rows: readonly T[], key: (row: T) => SortKey): Page<T>;
}

export interface ListSpec<S extends Record<string, FilterSpec>> {
  readonly filters: S;
}
/** Declares the filters of a list; unknown query names are refused. Always: `limit` (25, at most 100) and `cursor`. */
export const listQuery = <const S extends Record<string, FilterSpec>>(filters: S): ListSpec<S> => ({ filters });
export type ListOfQuery<L> = L extends ListSpec<infer S> ? ListRequest<Filters<S>> : never;

const LIST = Symbol('tenantry:list');
export const listSpecOf = (handler: object): ListSpec<Record<string, FilterSpec>> | undefined =>
  Reflect.getMetadata(LIST, handler) as ListSpec<Record<string, FilterSpec>> | undefined;

declare module 'fastify' {
  interface FastifyInstance {
    cursors: CursorCodec;
  }
}

const parse = createParamDecorator((spec: ListSpec<Record<string, FilterSpec>>, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return readListQuery(
    spec,
    (request.query ?? {}) as Record<string, unknown>,
    `${request.routeOptions.url} ${request.authz?.tenant_id ?? 'platform'}`,
    request.server.cursors,
  );
});

/** `@Search(MEMBERS) list: ListOfQuery<typeof MEMBERS>` */
export function Search<S extends Record<string, FilterSpec>>(spec: ListSpec<S>): ParameterDecorator {
  return (target, key, index) => {
    parse(spec)(target, key, index);
    const handler = key === undefined ? undefined : (target as Record<string | symbol, object>)[key];
    if (handler) Reflect.defineMetadata(LIST, spec, handler);
  };
}

/** Pure part of `@Search`. @throws Problem validation_failed or cursor_invalid */
export function readListQuery<S extends Record<string, FilterSpec>>(
  spec: ListSpec<S>,
  query: Record<string, unknown>,
  where: string,
  cursors: CursorCodec,
): ListRequest<Filters<S>> {
  const errors: FieldError[] = [];
  const refuse = (name: string, code: string, message: string): undefined => void errors.push({ field: `/query/${name}`, code, message });
  const filters: Record<string, unknown> = {};
  let limit = 25;
  let cursor: string | null = null;
  for (const [name, raw] of Object.entries(query)) {
    if (typeof raw !== 'string') refuse(name, 'repeated', 'Give this parameter once.');
    else if (name === 'limit') {
      limit = Number(raw);
      if (!/^\d{1,3}$/.test(raw) || limit < 1 || limit > 100) refuse('limit', 'out_of_range', 'limit is a number from 1 to 100.');
    } else if (name === 'cursor') cursor = raw;
    else if (!Object.hasOwn(spec.filters, name)) refuse(name, 'unknown_parameter', 'This parameter does not exist.');
    else if (raw !== '') {
      const value = readFilter(spec.filters[name] as FilterSpec, raw);
      if (value === undefined) refuse(name, 'not_valid', 'This value is not accepted.');
      else filters[name] = value;
    }
  }
  if (errors.length) throw invalid(errors);
  const binding = `${where} ${JSON.stringify(Object.entries(filters).sort(([a], [b]) => a.localeCompare(b)))}`;
  return {
    limit,
    take: limit + 1,
    filters: filters as Filters<S>,
    after: cursor === null ? null : cursors.decode(binding, cursor),
    page: (rows, key) => {
      const data = rows.slice(0, limit);
      const last = data.at(-1);
      return { data, next_cursor: rows.length > limit && last !== undefined ? cursors.encode(binding, key(last)) : null };
    },
  };
}

function readFilter(spec: FilterSpec, raw: string): unknown {
  switch (spec.kind) {
    case 'text':
      return raw.length <= spec.max && !raw.includes('\0') ? raw : undefined;
    case 'uuid':
      return isUuid(raw) ? raw.toLowerCase() : undefined;
    case 'flag':
      return raw === 'true' ? true : raw === 'false' ? false : undefined;
    case 'int': {
      const value = /^\d{1,15}$/.test(raw) ? Number(raw) : NaN;
      return value >= spec.min && value <= spec.max ? value : undefined;
    }
    case 'instant': {
      const time = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(raw) ? new Date(raw) : null;
      return time && !Number.isNaN(time.getTime()) ? time : undefined;
    }
    case 'one_of': {
      const value = spec.fold ? raw.toLowerCase() : raw;
      const known = spec.aliases?.[value] ?? value;
      return spec.values.includes(known) ? known : undefined;
    }
  }
}
