/** What is wrong with a delivery that does not verify. All of it is computed here, in the browser: the secret goes nowhere. */
import { check, checkLegacy, type RefusalCode, type WebhookHeaders } from '#webhook-verify/web.js';

export interface Evidence {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly now: Date;
}
/**
 * `valid`: it verifies. `reserialised`: the signature is that of the same JSON written otherwise. `spaces`: … of the body without white
 * space around it. `stale`: the signature fits, the time does not. `legacy`: only X-Webhook-Signature is here, and it fits. Else the code.
 */
export type Finding = 'valid' | 'legacy' | 'stale' | 'reserialised' | 'spaces' | RefusalCode;
export interface Diagnosis {
  readonly finding: Finding;
  /** How far the signing time is from now, in seconds; positive: it lies back. */
  readonly age_s: number | null;
  /** The body that the signature belongs to, when it is another than the one given. */
  readonly signed?: string;
}

export async function diagnose({ body, headers, secret, now }: Evidence): Promise<Diagnosis> {
  const sent = Number(valueOf(headers, 'webhook-timestamp') ?? Number.NaN);
  const age_s = Number.isFinite(sent) ? Math.floor(now.getTime() / 1000) - sent : null;
  const signed: WebhookHeaders = headers;
  const verdict = await check(body, signed, secret, { now });
  if (verdict.ok) return { finding: 'valid', age_s };
  const at = Number.isFinite(sent) ? new Date(sent * 1000) : now;
  const fits = async (text: string): Promise<boolean> => (await check(text, signed, secret, { now: at })).ok;
  if (verdict.code === 'too_old' || verdict.code === 'too_new') {
    if (await fits(body)) return { finding: 'stale', age_s };
    return { ...(await otherBody(body, fits)), age_s };
  }
  if (verdict.code === 'no_match') return { ...(await otherBody(body, fits)), age_s };
  if (verdict.code === 'missing_header') {
    const legacy = valueOf(headers, 'x-webhook-signature');
    if (legacy !== undefined) {
      const old = await checkLegacy(body, legacy, secret);
      if (old.ok) return { finding: 'legacy', age_s };
      const same = async (text: string): Promise<boolean> => (await checkLegacy(text, legacy, secret)).ok;
      return old.code === 'no_match' ? { ...(await otherBody(body, same)), age_s } : { finding: old.code, age_s };
    }
  }
  return { finding: verdict.code, age_s };
}

/** The signature of a body that was changed on the way: written anew by a JSON library, or with a line feed at its end. */
async function otherBody(body: string, fits: (text: string) => Promise<boolean>): Promise<Pick<Diagnosis, 'finding' | 'signed'>> {
  const bare = body.trim();
  if (bare !== body && (await fits(bare))) return { finding: 'spaces', signed: bare };
  const plain = asSent(body);
  return plain !== null && plain !== body && (await fits(plain)) ? { finding: 'reserialised', signed: plain } : { finding: 'no_match' };
}

/** The body as it is sent: JSON without spaces, fields in their order. */
function asSent(body: string): string | null {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return null;
  }
}

const valueOf = (headers: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
