/** 80 % is a warning, the limit itself is the end; null is no limit. */
export function usageOf(
  used: number,
  max: number | null,
): { share: number | null; tone: 'ok' | 'attention' | 'bad' | 'off'; word: 'plenty' | 'near' | 'full' | 'no_limit' } {
  if (max === null) return { share: null, tone: 'off', word: 'no_limit' };
  const share = max <= 0 ? 1 : Math.min(1, used / max);
  if (used >= max) return { share, tone: 'bad', word: 'full' };
  return share >= 0.8 ? { share, tone: 'attention', word: 'near' } : { share, tone: 'ok', word: 'plenty' };
}
