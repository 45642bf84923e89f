/** Where a keyset list stands: the cursor is in the URL, the cursors before it in the history entry. The first page has none. */
export interface Place {
  readonly cursor: string | undefined;
  /** Cursors of the pages before this one, `''` for the first page. */
  readonly trail: readonly string[];
}

export const older = (place: Place, next: string): Place => ({ cursor: next, trail: [...place.trail, place.cursor ?? ''] });

/** Without a trail (an opened link) the way back is the first page. */
export function newer(place: Place): Place {
  const last = place.trail.at(-1);
  return last === undefined
    ? { cursor: undefined, trail: [] }
    : { cursor: last === '' ? undefined : last, trail: place.trail.slice(0, -1) };
}

/** Changing a filter starts the list over. Undefined removes a key. */
export function refilter(
  search: Readonly<Record<string, string | undefined>>,
  patch: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const next: Record<string, string> = {};
  for (const [key, value] of Object.entries({ ...search, cursor: undefined, ...patch }))
    if (value !== undefined && value !== '') next[key] = value;
  return next;
}
