import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';
import { newer, older, refilter, type Place } from '../../lib/paging';
import { readListLimit, writeListLimit } from '../../lib/storage';

declare module '@tanstack/history' {
  interface HistoryState {
    trail?: readonly string[];
  }
}

type Search = Readonly<Record<string, string | undefined>>;

export interface ListNav<S extends Search = Search> {
  readonly search: S;
  readonly place: Place;
  /** Rows per page: the URL's, else the person's. */
  readonly limit: number | undefined;
  /** A filter or sort: pushes, or replaces while typing. Drops the cursor. */
  filter(patch: Search, options?: { replace?: boolean }): void;
  /** An open drawer or such: the list stays where it is. */
  open(patch: Search): void;
  older(next: string): void;
  newer(): void;
  setLimit(limit: string): void;
}

/** Reads and writes the search parameters of the current route; the route's parser decides what is kept. */
export function useListNav<S extends Search>(search: S): ListNav<S> {
  const navigate = useNavigate();
  const trail = useRouterState({ select: (state) => state.location.state.trail }) ?? [];
  const place: Place = { cursor: search.cursor, trail };

  const go = useCallback(
    (next: Record<string, string | undefined>, nextTrail: readonly string[], options: { replace?: boolean; resetScroll?: boolean } = {}) =>
      // One place where the search is not typed by its route: the parser of the route drops what it does not know.
      void navigate({ to: '.', search: next as never, state: (before) => ({ ...before, trail: nextTrail }), ...options }),
    [navigate],
  );
  const move = (to: Place): void => go({ ...search, cursor: to.cursor }, to.trail);

  return {
    search,
    place,
    limit: Number(search.limit ?? readListLimit()) || undefined,
    filter: (patch, options) => go(refilter(search, patch), [], { ...options, resetScroll: false }),
    open: (patch) => go({ ...search, ...patch }, trail, { resetScroll: false }),
    older: (next) => move(older(place, next)),
    newer: () => move(newer(place)),
    setLimit: (limit) => {
      writeListLimit(limit);
      go(refilter(search, { limit: limit === '25' ? undefined : limit }), []);
    },
  };
}
