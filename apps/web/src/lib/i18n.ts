import type enConsole from '../locales/en.console.json';
import type enSubscription from '../locales/en.subscription.json';
import type enWebhooks from '../locales/en.webhooks.json';
import en from '../locales/en.json';

/**
 * The keys of en.json, and of the files of single parts of the product, are the type of `t()`. A value is a sentence, or plural forms
 * chosen by `count`.
 */
export type MessageKey = keyof typeof en | keyof typeof enConsole | keyof typeof enSubscription | keyof typeof enWebhooks;
export type Params = Readonly<Record<string, string | number>>;
type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;
/** Of one part of the product or of several. */
export type Messages = Readonly<Partial<Record<MessageKey, string | Forms>>>;

const LOADERS: Readonly<Record<string, () => Promise<Messages>>> = {
  en: () => Promise.resolve(en),
};
export const LANGUAGES = Object.keys(LOADERS);

let messages: Messages = en;
let current = 'en';
let plural = new Intl.PluralRules('en');

export const locale = (): string => current;

/** Texts that only one part of the product shows come with its code, so that nobody else loads them. */
export function addMessages(part: Messages): void {
  messages = { ...messages, ...part };
}

/** Switches the language; an unknown one leaves it as it is. */
export async function switchLanguage(language: string): Promise<void> {
  const load = LOADERS[language];
  if (load === undefined || language === current) return;
  messages = { ...messages, ...(await load()) };
  current = language;
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

function sentence(key: MessageKey, params: Params | undefined): string {
  const message = messages[key] ?? key;
  if (typeof message === 'string') return message;
  const count = Number(params?.count ?? 0);
  return message[plural.select(count)] ?? message.other;
}

const SLOT = /\{(\w+)\}/g;

/** The text of a key, `{name}` replaced by the parameter. Numbers are written the way of the language. */
export function t(key: MessageKey, params?: Params): string {
  return sentence(key, params).replace(SLOT, (slot, name: string) => {
    const value = params?.[name];
    if (value === undefined) return slot;
    return typeof value === 'number' ? new Intl.NumberFormat(current).format(value) : value;
  });
}

/** A sentence cut at its slots, for sentences that carry elements: `['Type ', { slot: 'name' }, ' to confirm']`. */
export function parts(key: MessageKey, params?: Params): (string | { slot: string })[] {
  return sentence(key, params)
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== '')
    .map((piece) => (/^\{\w+\}$/.test(piece) ? { slot: piece.slice(1, -1) } : piece));
}

/** True when the key exists: for keys made from data (`error.<code>`, `perm.<name>`). */
export const isMessage = (key: string): key is MessageKey => Object.hasOwn(messages, key);
/** The text of a key made from data, or the fallback. */
export const tryText = (key: string, fallback: string, params?: Params): string => (isMessage(key) ? t(key, params) : fallback);
