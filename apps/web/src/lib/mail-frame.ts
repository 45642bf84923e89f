/**
 * A mail for `srcdoc`. The frame inherits our policy, which allows no inline style: each would be a report, so they are taken out (what
 * keeps the frame harmless is its empty sandbox, not this) and one style sheet of ours is put in. Links open outside the frame.
 */
export function mailFrame(html: string): string {
  const body = html
    .replace(/<(script|style|title|head)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/<(?:link|meta|base)\b[^>]*>/gi, '')
    .replace(/\s(?:style|bgcolor)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '')
    .replace(/\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '');
  return `<!doctype html><html><head><base target="_blank"><link rel="stylesheet" href="/mail-frame.css"></head><body>${body}</body></html>`;
}
