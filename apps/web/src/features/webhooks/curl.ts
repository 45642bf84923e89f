const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same message by hand. Without a signature: only the sender has the secret. */
export const curlOf = (url: string, delivery_id: string, body: unknown): string =>
  [
    `curl -i ${quoted(url)}`,
    `-H 'content-type: application/json'`,
    `-H 'webhook-id: msg_${delivery_id.replaceAll('-', '')}'`,
    `--data-binary ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n  ');
