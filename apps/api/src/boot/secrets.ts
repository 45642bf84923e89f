import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Secrets that a development start invents once and reads again at the next, so that sessions and sealed fields survive it. */
export interface GeneratedSecrets {
  readonly JWT_SECRET: string;
  readonly ENCRYPTION_KEY: string;
  readonly OPS_API_KEY: string;
  readonly CRON_API_KEY: string;
  readonly DEMO_PASSWORD: string;
}

/** `.data/secrets.json`, mode 0600. Never used in production, where every secret is given. */
export function generatedSecrets(dataDir: string): GeneratedSecrets {
  const file = path.join(dataDir, 'secrets.json');
  mkdirSync(dataDir, { recursive: true });
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<GeneratedSecrets>) : {};
  const secrets: GeneratedSecrets = {
    JWT_SECRET: known.JWT_SECRET ?? randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: known.ENCRYPTION_KEY ?? randomBytes(32).toString('hex'),
    OPS_API_KEY: known.OPS_API_KEY ?? randomBytes(24).toString('hex'),
    CRON_API_KEY: known.CRON_API_KEY ?? randomBytes(24).toString('hex'),
    DEMO_PASSWORD: known.DEMO_PASSWORD ?? demoWord(),
  };
  if (JSON.stringify(known) !== JSON.stringify(secrets)) writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return secrets;
}

/** Sixteen characters that a person can type: no letter that looks like a digit. Long enough for the class rule to be waived. */
function demoWord(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const word = [...randomBytes(16)].map((byte) => letters[byte % letters.length]).join('');
  return word.replace(/^(.{4})(.{4})(.{4}).*$/, '$1-$2-$3T7');
}
