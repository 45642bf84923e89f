/** One registry: what a key does, what it is called, what it needs. Feeds the keys themselves and the list of shortcuts. */
import type { MessageKey } from './i18n';

export interface Shortcut {
  readonly id: string;
  /** `g t` is a chord, `mod+k` a combination, `/` a single key. */
  readonly keys: string;
  readonly label: MessageKey;
  readonly run: () => void;
}

const CHORD_MS = 1000;
const registered = new Map<string, Shortcut>();

let singleKeys = true;
/** A person may switch single keys and chords off (WCAG 2.1.4); combinations with Ctrl or Command stay. */
export const setSingleKeys = (on: boolean): void => {
  singleKeys = on;
};

export const listShortcuts = (): Shortcut[] => [...registered.values()];

/** Returns the removal. A later one with the same id wins while it is registered. */
export function registerShortcuts(shortcuts: readonly Shortcut[]): () => void {
  for (const shortcut of shortcuts) registered.set(shortcut.id, shortcut);
  return () => {
    for (const shortcut of shortcuts) if (registered.get(shortcut.id) === shortcut) registered.delete(shortcut.id);
  };
}

interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}
/** `mod+k`, `g`, `?` as the registry writes them. */
export function nameOfKey(event: Key): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

const EDITABLE = 'input, textarea, select, [contenteditable="true"]';

/** Listens on the document until the returned function is called. Single keys act only outside fields and open layers. */
export function listenForShortcuts(target: Document): () => void {
  let first: { name: string; at: number } | null = null;
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    const name = nameOfKey(event);
    const element = event.target instanceof Element ? event.target : null;
    if (
      !name.startsWith('mod+') &&
      (!singleKeys || element?.closest(EDITABLE) || target.querySelector('[role="dialog"], [role="alertdialog"]'))
    )
      return;
    const chord = first !== null && event.timeStamp - first.at < CHORD_MS ? `${first.name} ${name}` : null;
    const all = listShortcuts();
    const hit = all.find((shortcut) => shortcut.keys === chord) ?? all.find((shortcut) => shortcut.keys === name);
    first = all.some((shortcut) => shortcut.keys.startsWith(`${name} `)) ? { name, at: event.timeStamp } : null;
    if (hit === undefined) return;
    event.preventDefault();
    first = null;
    hit.run();
  };
  target.addEventListener('keydown', onKey);
  return () => target.removeEventListener('keydown', onKey);
}
