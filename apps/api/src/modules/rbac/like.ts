/** What somebody typed into a search box → the pattern of a LIKE: a part of the text, in any case, its wildcards meant literally. */
export const likePattern = (q: string | undefined): string | null =>
  q === undefined
    ? null
    : `%${q
        .trim()
        .toLowerCase()
        .replace(/[\\%_]/g, '\\$&')}%`;
