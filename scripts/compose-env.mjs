// node scripts/compose-env.mjs [owner@example.com]: .env for docker-compose.yml, with secrets of its own. Never touches one that exists.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './steps.mjs';

const hex = (bytes) => randomBytes(bytes).toString('hex');
const values = {
  POSTGRES_PASSWORD: hex(24),
  REDIS_PASSWORD: hex(24),
  S3_SECRET: hex(24),
  JWT_SECRET: hex(32),
  ENCRYPTION_KEY: hex(32),
  OPS_API_KEY: hex(24),
  CRON_API_KEY: hex(24),
  FIRST_OWNER_EMAIL: process.argv[2] ?? 'owner@tenantry.example',
  FIRST_OWNER_PASSWORD: randomBytes(18).toString('base64url'),
};

try {
  const text = `# Made by scripts/compose-env.mjs. Keep it out of version control, and keep a copy: without ENCRYPTION_KEY sealed fields are lost.\n`;
  writeFileSync(
    join(ROOT, '.env'),
    `${text}${Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`,
    { mode: 0o600, flag: 'wx' },
  );
  process.stdout.write(
    `wrote .env. First sign-in: ${values.FIRST_OWNER_EMAIL}, password in FIRST_OWNER_PASSWORD; it must be changed there.\n`,
  );
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
  process.stdout.write('.env exists and stays as it is\n');
}
