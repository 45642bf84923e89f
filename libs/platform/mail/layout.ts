import type { MailPart } from './template.js';

const INK = '#1f2933';
const QUIET = '#61707f';
const ACCENT = '#1d4ed8';
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/** One calm column: product name, the text, one button, small print. No tables, no images, nothing loaded from anywhere. */
export function htmlBody(parts: readonly MailPart[], subject: string, product_name: string): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta name="color-scheme" content="light"><title>${escapeHtml(subject)}</title></head>`,
    `<body style="margin:0;padding:32px 16px;background:#f5f7f9;color:${INK};${FONT};font-size:16px;line-height:1.5">`,
    '<main style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">',
    `<p style="margin:0 0 24px;font-weight:600;color:${QUIET}">${escapeHtml(product_name)}</p>`,
    ...parts.map(htmlPart),
    '</main></body></html>',
    '',
  ].join('\n');
}

export function textBody(parts: readonly MailPart[], product_name: string): string {
  return [product_name, ...parts.map(textPart), ''].join('\n\n').trimEnd().concat('\n');
}

function htmlPart(part: MailPart): string {
  switch (part.kind) {
    case 'text':
      return `<p style="margin:0 0 16px">${lines(part.text)}</p>`;
    case 'button':
      return (
        `<p style="margin:24px 0"><a href="${escapeHtml(part.url)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:${ACCENT};color:#ffffff;text-decoration:none;font-weight:600">${escapeHtml(part.label)}</a></p>` +
        `<p style="margin:0 0 16px;font-size:13px;color:${QUIET};word-break:break-all">${escapeHtml(part.url)}</p>`
      );
    case 'facts':
      return `<dl style="margin:0 0 16px">${part.facts.map(([name, value]) => `<dt style="font-size:13px;color:${QUIET}">${escapeHtml(name)}</dt><dd style="margin:0 0 8px">${lines(value)}</dd>`).join('')}</dl>`;
    case 'code':
      return `<p style="margin:24px 0;font-family:ui-monospace,Consolas,monospace;font-size:24px;letter-spacing:2px">${escapeHtml(part.code)}</p>`;
    case 'small':
      return `<p style="margin:24px 0 0;font-size:13px;color:${QUIET}">${lines(part.text)}</p>`;
  }
}

function textPart(part: MailPart): string {
  switch (part.kind) {
    case 'button':
      return `${part.label}:\n${part.url}`;
    case 'facts':
      return part.facts.map(([name, value]) => `${name}: ${value}`).join('\n');
    case 'code':
      return part.code;
    default:
      return part.text;
  }
}

const lines = (text: string): string => escapeHtml(text).replace(/\r?\n/g, '<br>');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
