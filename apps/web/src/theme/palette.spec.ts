import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contrast } from '../lib/color';

/** The roles of one scheme, read from the file that the browser reads. */
function roles(selector: string): Record<string, string> {
  const css = readFileSync(join(__dirname, 'tokens.css'), 'utf8');
  const block = css.slice(css.indexOf(selector));
  const body = block.slice(0, block.indexOf('}'));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]));
}
const SCHEMES = [
  ['light', roles(':root {')],
  ['dark', roles(":root[data-mantine-color-scheme='dark']")],
] as const;
const GROUNDS = ['page', 'surface', 'sunk'];
const STATES = ['ok', 'wait', 'bad', 'run', 'off'];

describe.each(SCHEMES)('the %s palette', (_scheme, role) => {
  const ratio = (one: string, other: string): number => contrast(role[one] ?? 'missing', role[other] ?? 'missing');

  it.each(GROUNDS.flatMap((ground) => ['ink', 'ink-2', 'ink-3', 'accent'].map((ink) => [ink, ground] as const)))(
    'text %s on %s has 4.5',
    (ink, ground) => {
      expect(ratio(ink, ground)).toBeGreaterThanOrEqual(4.5);
    },
  );
  it.each(STATES.flatMap((state) => [`${state}-soft`, 'surface', 'page'].map((ground) => [state, ground] as const)))(
    'state %s on %s has 4.5',
    (state, ground) => {
      expect(ratio(state, ground)).toBeGreaterThanOrEqual(4.5);
    },
  );
  it.each(GROUNDS)('control borders on %s have 3.0', (ground) => expect(ratio('control-line', ground)).toBeGreaterThanOrEqual(3));
  it('text on the accent and on the band has 4.5', () => {
    expect(ratio('on-accent', 'accent')).toBeGreaterThanOrEqual(4.5);
    expect(ratio('on-band', 'band')).toBeGreaterThanOrEqual(4.5);
  });
  it('the focus ring has 3.0 on every ground, chosen filters included', () => {
    for (const ground of GROUNDS) expect(ratio('accent', ground)).toBeGreaterThanOrEqual(3);
    expect(ratio('ink', 'accent-soft')).toBeGreaterThanOrEqual(4.5);
  });
});

it('contrast is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  expect(() => contrast('red', '#ffffff')).toThrow('not a colour');
});
