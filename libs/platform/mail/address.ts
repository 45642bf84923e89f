const ADDRESS =
  /^[^\s@<>()[\]\\,;:"]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)*[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;
const ADDRESS_MAX = 254;
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;
const CONTROLS = new RegExp(`${CONTROL.source}+`, 'g');

export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** One address, nothing around it: what would read as a list, a comment or a second header is none. */
export const isMailAddress = (text: string): boolean => text.length <= ADDRESS_MAX && ADDRESS.test(text);

/**
 * A text of somebody's that becomes a header, on one line. A name with a line break in it is no reason to send nothing: it is shown as a
 * space, and what stands behind it stays part of the text.
 */
export const oneLine = (text: string): string => text.replace(CONTROLS, ' ').trim();

/** The last look before a header is sent. A line break in it would begin another one. @throws Error naming the header, never the value */
export function headerText(header: string, text: string): string {
  if (CONTROL.test(text)) throw new Error(`the ${header} of a mail holds a line break or a control character`);
  return text.trim();
}

/** `Tenantry <no-reply@localhost>`, or an address alone. @throws Error when there is no address in it */
export function parseSender(text: string): Sender {
  const [, name = '', address = text.trim()] = /^\s*"?([^"<]*?)"?\s*<([^<>]+)>\s*$/.exec(text) ?? [];
  if (!isMailAddress(address)) throw new Error('MAIL_FROM must be an address or "Name <address>"');
  return { name: headerText('From', name), address };
}
