import { execFile, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { check } from './index.js';
import { verifierSnippets, type Snippet } from './snippets.js';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);
const secret = randomBytes(32).toString('hex');
const body = '{"id":"evt_1","type":"order.created","data":{"name":"Müller 🛒"}}';

function headersOf(text: string, keys: readonly string[] = [secret], age_s = 0): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000) - age_s;
  const v1 = (key: Buffer): string => `v1,${createHmac('sha256', key).update(`msg_1.${timestamp}.${text}`).digest('base64')}`;
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': keys.flatMap((key) => [v1(Buffer.from(key, 'base64')), v1(Buffer.from(key))]).join(' '),
    'x-webhook-signature': createHmac('sha256', keys[0] ?? '')
      .update(text)
      .digest('hex'),
  };
}

/** `except`: who cannot see this. The legacy header holds one signature and no time; who types into a shell knows the time. */
interface Case {
  readonly name: string;
  readonly text: string;
  readonly headers: Record<string, string>;
  readonly accepted: boolean;
  readonly except?: readonly Snippet['id'][];
}
const good = headersOf(body);
const another = randomBytes(32).toString('hex');
const CASES: readonly Case[] = [
  { name: 'a good body', text: body, headers: good, accepted: true },
  { name: 'a list of two secrets', text: body, headers: headersOf(body, [another, secret]), accepted: true, except: ['node-legacy'] },
  { name: 'an altered body', text: body.replace('1', '2'), headers: good, accepted: false },
  { name: 'another secret', text: body, headers: headersOf(body, [another]), accepted: false },
  { name: 'six minutes ago', text: body, headers: headersOf(body, [secret], 360), accepted: false, except: ['node-legacy', 'shell'] },
  {
    name: 'short signatures',
    text: body,
    headers: { ...good, 'webhook-signature': 'v1,AAAA', 'x-webhook-signature': 'abcd' },
    accepted: false,
  },
  { name: 'no headers', text: body, headers: {}, accepted: false },
];

/** Makes a program of a snippet: reads the cases, prints true or false for each. `version` shows whether the programs are installed. */
interface Driver {
  readonly commands: readonly (readonly [string, ...string[]])[];
  readonly version: string;
  readonly file: string;
  readonly code: string;
}
const NODE: Driver = {
  commands: [[process.execPath, 'run.mjs']],
  version: '--version',
  file: 'run.mjs',
  code: `import { readFileSync } from 'node:fs';
import { verify } from './verify.mjs';
for (const { text, headers } of JSON.parse(readFileSync('cases.json', 'utf8'))) process.stdout.write(\`\${verify(Buffer.from(text), headers)}\\n\`);`,
};
const DRIVERS: Readonly<Record<Exclude<Snippet['id'], 'shell'>, Driver>> = {
  node: NODE,
  'node-standard': NODE,
  'node-legacy': NODE,
  python: {
    commands: [['python3', 'run.py']],
    version: '--version',
    file: 'run.py',
    code: `import json
from verify import verify
for case in json.load(open("cases.json", encoding="utf-8")):
    print(str(verify(case["text"].encode(), case["headers"])).lower())`,
  },
  php: {
    commands: [['php', 'run.php']],
    version: '--version',
    file: 'run.php',
    code: `<?php
require 'verify.php';
foreach (json_decode(file_get_contents('cases.json'), true) as $case) echo json_encode(verify($case['text'], $case['headers'])), "\\n";`,
  },
  go: {
    commands: [['go', 'run', 'verify.go', 'run.go']],
    version: 'version',
    file: 'run.go',
    code: `package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	var cases []struct {
		Text    string
		Headers map[string]string
	}
	text, _ := os.ReadFile("cases.json")
	if err := json.Unmarshal(text, &cases); err != nil {
		panic(err)
	}
	for _, each := range cases {
		headers := http.Header{}
		for name, value := range each.Headers {
			headers.Set(name, value)
		}
		fmt.Println(Verify([]byte(each.Text), headers))
	}
}`,
  },
  ruby: {
    commands: [['ruby', 'run.rb']],
    version: '--version',
    file: 'run.rb',
    code: `require 'json'
require_relative 'verify'
JSON.parse(File.read('cases.json', encoding: 'utf-8')).each { |each| puts verify(each['text'], each['headers']) }`,
  },
  java: {
    commands: [
      ['javac', '-d', '.', 'Webhooks.java', 'Run.java'],
      ['java', '-XX:TieredStopAtLevel=1', '-cp', '.', 'Run'],
    ],
    version: '-version',
    file: 'Run.java',
    // No JSON in the JDK: a line a case, of base64 words.
    code: `import java.nio.file.*;
import java.util.*;

class Run {
    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of("cases.txt"))) {
            String[] words = line.split(" ");
            Map<String, String> headers = new HashMap<>();
            for (int at = 1; at + 1 < words.length; at += 2) headers.put(text(words[at]), text(words[at + 1]));
            System.out.println(Webhooks.verify(Base64.getDecoder().decode(words[0]), headers));
        }
    }

    private static String text(String word) {
        return new String(Base64.getDecoder().decode(word));
    }
}`,
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenantry-snippets-'));
  // The library as a consumer has it: compiled, under its name.
  const installed = join(folder, 'node_modules/@tenantry/webhook-verify');
  mkdirSync(installed, { recursive: true });
  cpSync(join(__dirname, 'package.json'), join(installed, 'package.json'));
  const compiled = spawnSync(process.execPath, [
    join(ROOT, 'node_modules/tsc7/bin/tsc'),
    ...['-p', join(__dirname, 'tsconfig.json'), '--outDir', join(installed, 'dist')],
  ]);
  if (compiled.status !== 0) throw new Error(String(compiled.stdout));
  for (const name of ['standardwebhooks', '@stablelib/base64', 'fast-sha256'])
    cpSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isThere = (program: string, version: string): boolean => spawnSync(program, [version]).status === 0;
function named(id: string, filledIn?: string): Snippet {
  const snippet = verifierSnippets(filledIn).find((each) => each.id === id);
  if (!snippet) throw new Error(`no snippet ${id}`);
  return snippet;
}
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A folder below the compiled library, with the snippet in it. */
function place({ id, file, code }: Snippet, cases: readonly Case[]): string {
  const at = mkdtempSync(join(folder, `${id}-`));
  writeFileSync(join(at, file), code);
  writeFileSync(join(at, 'cases.json'), JSON.stringify(cases));
  writeFileSync(
    join(at, 'cases.txt'),
    cases.map(({ text, headers }) => [text, ...Object.entries(headers).flat()].map(base64).join(' ')).join('\n'),
  );
  return at;
}

describe.each([
  ['read from the environment', undefined, secret],
  ['filled in', `whsec_${secret}`, ''],
])('a verifier whose secret is %s', (_case, filledIn, environment) => {
  const env = { ...process.env, WEBHOOK_SECRET: environment };

  for (const [id, { commands, version, file, code }] of Object.entries(DRIVERS)) {
    const itIfInstalled = commands.every(([program]) => isThere(program, version)) ? it : it.skip;
    itIfInstalled(
      `in ${id} says what it must of each delivery`,
      async () => {
        const cases = CASES.filter(({ except }) => !except?.some((each) => each === id));
        const at = place(named(id, filledIn), cases);
        writeFileSync(join(at, file), code);
        let printed = '';
        for (const [program, ...args] of commands) printed += (await run(program, args, { cwd: at, env })).stdout;
        expect(printed.trim().split('\n')).toEqual(cases.map(({ accepted }) => String(accepted)));
        // A compiler's first run fills its cache.
      },
      120_000,
    );
  }

  const itInShell = isThere('openssl', 'version') && isThere('curl', '--version') ? it : it.skip;
  itInShell('in curl and openssl does, and sends a good one on to a receiver', async () => {
    const snippet = named('shell', filledIn);
    const received: ReturnType<typeof check>[] = [];
    const receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push(check(Buffer.concat(chunks), request.headers, secret));
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
    const RECEIVER = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    for (const { name, text, headers, accepted } of CASES.filter(({ except }) => !except?.includes('shell'))) {
      const at = place(snippet, []);
      writeFileSync(join(at, 'body.json'), text);
      const words = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((header) => headers[header] ?? '');
      const result = await run('sh', ['verify.sh', 'body.json', ...words], { cwd: at, env: { ...env, RECEIVER } }).catch(
        (error: { stdout: string }) => error,
      );
      expect([name, result.stdout.trim()]).toEqual([name, accepted ? 'accepted' : 'refused']);
    }
    await new Promise((closed) => receiver.close(closed));
    const sent = { ok: true, id: 'msg_1', timestamp: expect.any(Number) as number, payload: JSON.parse(body) as unknown };
    expect(received).toEqual(CASES.filter(({ accepted }) => accepted).map(() => sent));
  });
});

it('the compiled package has its three entries', async () => {
  writeFileSync(
    join(folder, 'entries.mjs'),
    `import { check } from '@tenantry/webhook-verify';
import { check as checkOnWeb } from '@tenantry/webhook-verify/web';
import { verifierSnippets } from '@tenantry/webhook-verify/snippets';
const { text, headers } = JSON.parse(process.argv[2]);
const verdicts = [check, checkOnWeb].map((judge) => judge(text, headers, process.argv[3]));
process.stdout.write(JSON.stringify([...(await Promise.all(verdicts)).map(({ ok }) => ok), verifierSnippets().length]));`,
  );
  const words = [JSON.stringify({ text: body, headers: headersOf(body) }), secret];
  const { stdout } = await run(process.execPath, ['entries.mjs', ...words], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual([true, true, verifierSnippets().length]);
});

it('the README prints the verifiers as they are', () => {
  const readme = readFileSync(join(__dirname, 'README.md'), 'utf8');
  for (const { id, code } of verifierSnippets().filter((snippet) => snippet.id !== 'node'))
    expect([id, readme.includes(code)]).toEqual([id, true]);
});

it('a secret that would be code is refused', () => {
  for (const code of ["'; rm -rf /; '", '"+x', '$(id)', '`id`', '', 'a\n']) expect(() => verifierSnippets(code)).toThrow(TypeError);
});
