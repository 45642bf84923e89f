import type { Shortcut } from '../../lib/shortcuts';

const press = (selector: string) => (): void => document.querySelector<HTMLElement>(selector)?.click();

/** Keys that mean the same on every list: the page marks the element that takes them. */
export const pageShortcuts: readonly Shortcut[] = [
  { id: 'search', keys: '/', label: 'shortcut.search', run: () => document.querySelector<HTMLElement>('[data-search]')?.focus() },
  { id: 'new', keys: 'n', label: 'shortcut.new', run: press('[data-new]') },
  { id: 'newer', keys: '[', label: 'shortcut.newer', run: press('[data-page="newer"]:not(:disabled)') },
  { id: 'older', keys: ']', label: 'shortcut.older', run: press('[data-page="older"]:not(:disabled)') },
];
