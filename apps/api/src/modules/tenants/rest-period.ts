/** A slug or host that was given back names nobody else for so long: links and cookies of the one who had it still point there. */
const REST_MS = 90 * 86_400_000;

/** What was given back before this moment may be taken by anybody. */
export const restedBefore = (now: Date): Date => new Date(now.getTime() - REST_MS);
