import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type supertest from 'supertest';

type Values = Readonly<Record<string, string>>;

/** A text of test/fixtures/guides: what operators have been given to type, word for word. */
export const guide = (name: string): string => readFileSync(join(__dirname, '../fixtures/guides', name), 'utf8');

/** The curl commands of a text, one line each, crontab times included. */
export function curlCommands(text: string): string[] {
  const joined = text.replaceAll('\\\n', ' ');
  return [...joined.matchAll(/\bcurl (?:'[^']*'|[^'\n])*/g)].map(([command]) => command.trim());
}

export interface Curl {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
}

/** Reads a curl command after its placeholders are filled. @throws Error when one is left, or an option is not known */
export function readCurl(command: string, values: Values): Curl {
  const filled = fill(command, values);
  const words = [...filled.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  const headers: [string, string][] = [];
  let [method, body, url]: [string | null, string | null, string | null] = [null, null, null];
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-X') method = words[++at] ?? null;
    else if (word === '-d') body = words[++at] ?? null;
    else if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(words[++at] ?? '') ?? [];
      headers.push([name, value]);
    } else if (word.startsWith('-')) throw new Error(`curl ${word} is not known here`);
    else url = word;
  }
  if (!url) throw new Error(`no address: ${filled}`);
  const verb = (method ?? (body === null ? 'GET' : 'POST')).toLowerCase() as Curl['method'];
  return { method: verb, url: new URL(url), headers, body };
}

/** Sends it with nothing added: path, query, host, headers and body as they stand there. */
export function sendCurl(request: ReturnType<typeof supertest>, { method, url, headers, body }: Curl): supertest.Test {
  let sent = request[method](`${url.pathname}${url.search}`).set('host', url.host);
  for (const [name, value] of headers) sent = sent.set(name, value);
  return body === null ? sent : sent.send(body);
}

/** The statements of an SQL text, comments left out. */
export const statements = (text: string): string[] =>
  text
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean);

/** Puts values in the place of `NAME`, `{NAME}`, `<NAME>` and `$NAME`. @throws Error when a placeholder is left */
export function fill(text: string, values: Values): string {
  const filled = Object.entries(values)
    .sort(([a], [b]) => b.length - a.length)
    .reduce(
      (soFar, [name, value]) => soFar.replaceAll(new RegExp(`\\{${name}\\}|<${name}>|\\$${name}\\b|(?<![\\w-])${name}(?!\\w)`, 'g'), value),
      text,
    );
  const [left] = /\{\w+\}|<[A-Z_]+>|\$[A-Z_]+|\bYOUR_\w+/.exec(filled) ?? [];
  if (left) throw new Error(`${left} has no value: ${text}`);
  return filled;
}
