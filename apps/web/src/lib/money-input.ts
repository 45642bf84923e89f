/**
 * What a person types → minor units. `12`, `12.5`, `12,50` in a currency of two decimals → 1200, 1250, 1250. Null: not an amount, or
 * more decimals than the currency has.
 */
export function parseMoney(text: string, currency: string): number | null {
  const match = /^(\d{1,12})(?:[.,](\d{1,4}))?$/.exec(text.trim().replace(/[\s'’]/g, ''));
  if (match === null) return null;
  const decimals = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) return null;
  return Number(`${match[1]}${fraction.padEnd(decimals, '0')}`);
}
