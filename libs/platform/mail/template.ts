import { htmlBody, textBody } from './layout.js';
import { oneLine } from './address.js';

/** A part of a mail. Text and HTML are made from the same parts, so they say the same. */
export type MailPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'button'; readonly label: string; readonly url: string }
  /** Names and values, one line each. */
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [name: string, value: string])[] }
  /** Something to copy: a code. */
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'small'; readonly text: string };

export const text = (value: string): MailPart => ({ kind: 'text', text: value });
export const button = (label: string, url: string): MailPart => ({ kind: 'button', label, url });
export const facts = (...pairs: readonly (readonly [string, string])[]): MailPart => ({ kind: 'facts', facts: pairs });
export const code = (value: string): MailPart => ({ kind: 'code', code: value });
export const small = (value: string): MailPart => ({ kind: 'small', text: value });

/** What every template may say beside its own parameters. */
export interface MailSurroundings {
  readonly product_name: string;
  /** Without a slash at the end; links are `${public_url}/invite#…`. */
  readonly public_url: string;
}

export interface MailTemplate<P> {
  /** `<module>.<noun>`, as it stands in `mail_messages.template`. */
  readonly name: string;
  subject(params: P, around: MailSurroundings): string;
  lines(params: P, around: MailSurroundings): readonly MailPart[];
  /** For the snapshot of the template. */
  readonly example: P;
}

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly links: readonly string[];
}

const NAME = /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/;
const SUBJECT_MAX = 200;
const known = new Map<string, MailTemplate<never>>();

/**
 * ```ts
 * export const INVITATION = defineTemplate<{ company: string; url: string }>({
 *   name: 'invitations.invitation',
 *   subject: ({ company }) => `You are invited to ${company}`,
 *   lines: ({ company, url }) => [text(`${company} invites you.`), button('Accept the invitation', url), small('The link works for 48 hours.')],
 *   example: { company: 'Harbour Retail', url: 'https://tenantry.example/invite#token' },
 * });
 * ```
 * Values are put in as text; nothing in them is markup.
 */
export function defineTemplate<P>(template: MailTemplate<P>): MailTemplate<P> {
  if (!NAME.test(template.name)) throw new Error(`mail template ${template.name}: the name is <module>.<noun>`);
  if (known.has(template.name)) throw new Error(`mail template ${template.name} is defined twice`);
  known.set(template.name, template as unknown as MailTemplate<never>);
  return Object.freeze(template);
}

/** All templates that were defined, by name: for the snapshot test and the list of the mailbox. */
export const mailTemplates = (): readonly MailTemplate<never>[] => [...known.values()].sort((a, b) => a.name.localeCompare(b.name));

/** @throws Error for a link that is not http(s) */
export function renderMail<P>(template: MailTemplate<P>, params: P, around: MailSurroundings): RenderedMail {
  const subject = oneLine(template.subject(params, around));
  const parts = template.lines(params, around);
  const links = parts.flatMap((part) => (part.kind === 'button' ? [checkedUrl(part.url)] : []));
  const whole = subject.length > SUBJECT_MAX ? `${subject.slice(0, SUBJECT_MAX - 1)}…` : subject;
  return { subject: whole, html: htmlBody(parts, whole, around.product_name), text: textBody(parts, around.product_name), links };
}

function checkedUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:\/\/[^\s"'<>]+$/i.test(url)) throw new Error('a link in a mail must be an http or https address');
  return url;
}
