import { readScheme, writeScheme, type Scheme } from './storage';

const ATTRIBUTE = 'data-mantine-color-scheme';
const dark = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)');

/** Light, dark, or the system's until chosen. `public/scheme.js` has set it before the first paint. */
export function applyScheme(scheme: Scheme): void {
  const shown = scheme === 'auto' ? (dark().matches ? 'dark' : 'light') : scheme;
  document.documentElement.setAttribute(ATTRIBUTE, shown);
}

export function followSystem(): void {
  dark().addEventListener('change', () => applyScheme(readScheme()));
}

/** For MantineProvider: our storage instead of its own. */
export const schemeManager = {
  get: () => readScheme(),
  set: (scheme: Scheme) => writeScheme(scheme),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => writeScheme('auto'),
};
