/**
 * A mail for `srcdoc`. The frame inherits our policy, which allows no style attribute: each would be a report, so they are taken out
 * (what keeps the frame harmless is its sandbox, not this). Its one style element carries the page's nonce. Links open outside the frame.
 */
export function mailFrame(html: string, nonce: string): string {
  const body = html
    .replace(/<(script|style|title)\b[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/<(?:link|meta|base)\b[^>]*>/gi, '')
    .replace(/\s(?:style|bgcolor|on\w+)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '');
  const style =
    'body{margin:24px;color:#18202b;background:#fff;font:400 14px/22px system-ui,sans-serif;overflow-wrap:anywhere}a{color:#2457c5}';
  return `<!doctype html><html><head><base target="_blank"><style nonce="${nonce}">${style}</style></head><body>${body}</body></html>`;
}
