/** Characters shown on each side of the place. */
const AROUND = 24;

/** Where two bodies part. */
export interface Difference {
  /** Counted from 1, in characters. */
  readonly at: number;
  readonly sent: string;
  readonly pasted: string;
}

/**
 * The first place at which the pasted body is not the one that was sent, with a little of both around it; null when they are the same.
 * White space is shown as a sign, because it is what one cannot see and what most often differs.
 */
export function firstDifference(sent: string, pasted: string): Difference | null {
  if (sent === pasted) return null;
  const shorter = Math.min(sent.length, pasted.length);
  let at = 0;
  while (at < shorter && sent[at] === pasted[at]) at++;
  return { at: at + 1, sent: around(sent, at), pasted: around(pasted, at) };
}

function around(text: string, at: number): string {
  const from = Math.max(0, at - AROUND);
  const piece = text.slice(from, at + AROUND);
  const shown = piece.replaceAll('\r', '␍').replaceAll('\n', '␊').replaceAll('\t', '␉').replaceAll(' ', '·');
  return `${from > 0 ? '…' : ''}${shown}${at + AROUND < text.length ? '…' : ''}`;
}
