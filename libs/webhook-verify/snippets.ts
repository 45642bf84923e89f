/**
 * Verifiers to paste: what the SPA shows beside an endpoint and the README prints. Each is a whole file for its language with a function that
 * takes the raw body and the headers under lower-case names; none needs this product to be reachable.
 */
export interface Snippet {
  readonly id: 'node' | 'node-standard' | 'node-legacy' | 'python' | 'php' | 'go' | 'ruby' | 'java' | 'shell';
  /** For a tab. */
  readonly label: string;
  readonly file: string;
  readonly code: string;
}

interface Template extends Omit<Snippet, 'code'> {
  /** The expression that reads the secret where the code runs, and the quotes of a literal; the shell takes it as a default value instead. */
  readonly secret: { readonly env: string; readonly literal: (secret: string) => string };
  readonly code: (secret: string) => string;
}

const SECRET = /^[\w+/=-]{1,200}$/;
const single = (secret: string): string => `'${secret}'`;
const double = (secret: string): string => `"${secret}"`;

const TEMPLATES: readonly Template[] = [
  {
    id: 'node',
    label: 'Node',
    file: 'verify.mjs',
    secret: { env: 'process.env.WEBHOOK_SECRET', literal: single },
    code: (secret) => `import { check } from '@tenantry/webhook-verify';

const secret = ${secret};

/** rawBody: the bytes as received, before any JSON parser. */
export function verify(rawBody, headers) {
  const verdict = check(rawBody, headers, secret);
  if (!verdict.ok) console.warn(verdict.code, verdict.message);
  return verdict.ok; // verdict.payload is the event; drop a verdict.id that you have handled
}
`,
  },
  {
    id: 'node-standard',
    label: 'Node, Standard Webhooks',
    file: 'verify.mjs',
    secret: { env: 'process.env.WEBHOOK_SECRET', literal: single },
    code: (secret) => `import { Webhook } from 'standardwebhooks'; // or 'svix'

const webhook = new Webhook(${secret});

/** rawBody: the text as received, before any JSON parser. */
export function verify(rawBody, headers) {
  try {
    webhook.verify(rawBody, headers); // returns the event
    return true;
  } catch {
    return false;
  }
}
`,
  },
  {
    id: 'node-legacy',
    label: 'Node, X-Webhook-Signature',
    file: 'verify.mjs',
    secret: { env: 'process.env.WEBHOOK_SECRET', literal: single },
    code: (secret) => `import { createHmac, timingSafeEqual } from 'node:crypto';

const secret = ${secret}.replace(/^whsec_/, '');

/** rawBody: the bytes as received, before any JSON parser. This header has no time: an old request sent again is accepted. */
export function verify(rawBody, headers) {
  const expected = Buffer.from(createHmac('sha256', secret).update(rawBody).digest('hex'));
  const given = Buffer.from(String(headers['x-webhook-signature']));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
`,
  },
  {
    id: 'python',
    label: 'Python',
    file: 'verify.py',
    secret: { env: 'os.environ["WEBHOOK_SECRET"]', literal: double },
    code: (secret) => `import base64, hashlib, hmac, os, re, time

SECRET = ${secret}
TOLERANCE_S = 300


def verify(raw_body: bytes, headers: dict) -> bool:
    """raw_body: the bytes as received, before any JSON parser. headers: lower-case names."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,11}", timestamp) or abs(time.time() - int(timestamp)) > TOLERANCE_S:
        return False
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + raw_body
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    signatures = headers.get("webhook-signature", "").split(" ")
    return any([hmac.compare_digest(expected, given.encode()) for given in signatures])
`,
  },
  {
    id: 'php',
    label: 'PHP',
    file: 'verify.php',
    secret: { env: "getenv('WEBHOOK_SECRET')", literal: single },
    code: (secret) => `<?php
const TOLERANCE_S = 300;

/** $rawBody: file_get_contents('php://input'). $headers: array_change_key_case(getallheaders()). */
function verify(string $rawBody, array $headers): bool
{
    $secret = ${secret};
    if (!$secret) {
        throw new RuntimeException('WEBHOOK_SECRET is not set');
    }
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!preg_match('/^[0-9]{1,11}$/D', $timestamp) || abs(time() - (int) $timestamp) > TOLERANCE_S) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$rawBody", $key, true));
    $accepted = false;
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $given) {
        $accepted = hash_equals($expected, $given) || $accepted;
    }
    return $accepted;
}
`,
  },
  {
    id: 'go',
    label: 'Go',
    file: 'verify.go',
    secret: { env: 'os.Getenv("WEBHOOK_SECRET")', literal: double },
    code: (secret) => `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
${secret.startsWith('os.') ? '\t"os"\n' : ''}	"strconv"
	"strings"
	"time"
)

const toleranceSeconds = 300

var secret = ${secret}

// Verify takes the bytes as received, before any JSON parser.
func Verify(rawBody []byte, headers http.Header) bool {
	id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	sent, err := strconv.ParseInt(timestamp, 10, 64)
	age := time.Now().Unix() - sent
	if err != nil || age > toleranceSeconds || age < -toleranceSeconds {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(rawBody)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	accepted := false
	for _, given := range strings.Split(headers.Get("webhook-signature"), " ") {
		accepted = hmac.Equal(expected, []byte(given)) || accepted
	}
	return accepted
}
`,
  },
  {
    id: 'ruby',
    label: 'Ruby',
    file: 'verify.rb',
    secret: { env: "ENV.fetch('WEBHOOK_SECRET')", literal: single },
    code: (secret) => `require 'openssl'

SECRET = ${secret}
TOLERANCE_S = 300

# raw_body: request.body.read, before any JSON parser. headers: lower-case names.
def verify(raw_body, headers)
  id = headers['webhook-id'].to_s
  timestamp = headers['webhook-timestamp'].to_s
  return false unless timestamp.match?(/\\A[0-9]{1,11}\\z/) && (Time.now.to_i - timestamp.to_i).abs <= TOLERANCE_S

  key = SECRET.delete_prefix('whsec_').unpack1('m0')
  mac = OpenSSL::HMAC.digest('SHA256', key, "#{id}.#{timestamp}.".b + raw_body.b)
  expected = "v1,#{[mac].pack('m0')}"
  headers['webhook-signature'].to_s.split(' ').map { |given| OpenSSL.secure_compare(expected, given) }.any?
end
`,
  },
  {
    id: 'java',
    label: 'Java',
    file: 'Webhooks.java',
    secret: { env: 'System.getenv("WEBHOOK_SECRET")', literal: double },
    code: (secret) => `import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Webhooks {
    private static final String SECRET = ${secret};
    private static final long TOLERANCE_S = 300;

    /** rawBody: the bytes as received, before any JSON parser. headers: lower-case names. */
    public static boolean verify(byte[] rawBody, Map<String, String> headers) throws GeneralSecurityException {
        String id = headers.getOrDefault("webhook-id", "");
        String timestamp = headers.getOrDefault("webhook-timestamp", "");
        if (!timestamp.matches("[0-9]{1,11}")
                || Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > TOLERANCE_S) {
            return false;
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.replaceFirst("^whsec_", "")), "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
        byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(rawBody))).getBytes(UTF_8);
        boolean accepted = false;
        for (String given : headers.getOrDefault("webhook-signature", "").split(" ")) {
            accepted |= MessageDigest.isEqual(expected, given.getBytes(UTF_8));
        }
        return accepted;
    }
}
`,
  },
  {
    id: 'shell',
    label: 'curl and openssl',
    file: 'verify.sh',
    secret: { env: '${WEBHOOK_SECRET:?}', literal: single },
    code: (secret) => `#!/bin/sh
# By hand: sh verify.sh body.json <webhook-id> <webhook-timestamp> <webhook-signature>
# body.json holds the body byte for byte, with no line feed added. It asks who signed, not when. With RECEIVER set to the address of a
# receiver of yours, an accepted body is signed anew and sent there.
set -eu
body=$1 id=$2 timestamp=$3 signatures=$4
secret=${secret}
key=$(printf %s "\${secret#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')

sign() {
  { printf '%s.%s.' "$id" "$1" && cat "$body"; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A
}

case " $signatures " in
  *" v1,$(sign "$timestamp") "*) echo accepted ;;
  *) echo refused && exit 1 ;;
esac

if [ -n "\${RECEIVER:-}" ]; then
  now=$(date +%s)
  curl --silent --show-error --fail-with-body "$RECEIVER" --data-binary "@$body" -H 'content-type: application/json' \\
    -H "webhook-id: $id" -H "webhook-timestamp: $now" -H "webhook-signature: v1,$(sign "$now")"
fi
`,
  },
];

/**
 * The verifiers. Without a secret they read `WEBHOOK_SECRET` from the environment, which is what belongs in a repository; with one (just made,
 * shown once) they hold it as text. Throws a TypeError for a secret of other characters than a secret has, since it would be code.
 */
export function verifierSnippets(secret?: string): Snippet[] {
  if (secret !== undefined && !SECRET.test(secret)) throw new TypeError('not a webhook secret');
  return TEMPLATES.map(({ id, label, file, secret: { env, literal }, code }) => ({
    id,
    label,
    file,
    code: code(secret === undefined ? env : literal(secret)),
  }));
}
