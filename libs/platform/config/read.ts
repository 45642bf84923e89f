import { readFileSync } from 'node:fs';
import { Config } from './config.js';
import { type DeclaredVariable, variablesOf } from './variable.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Every problem of the environment at once; the process prints them and ends with exit code 1. */
export class ConfigRefused extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The configuration has ${problems.length} problem${problems.length === 1 ? '' : 's'}:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigRefused';
  }
}

const PLACEHOLDER = /^(<.*>|change[-_ ]?me.*|secret|password|example|your[-_ ].*|test|xxx+|generate[-_ ].*)$/i;
const WATCHED = /^(TENANTRY_|WEBHOOK_|RBAC_|AUDIT_|FILES_)/;
export const variables = (): readonly DeclaredVariable[] => variablesOf(Config.prototype);

/**
 * Reads and validates the environment.
 * @returns the frozen config and warnings (one sentence each)
 * @throws ConfigRefused with all problems
 */
export function readConfig(env: Environment): { config: Config; warnings: string[] } {
  const problems: string[] = [];
  const warnings: string[] = [];
  const config = new Config() as Config & Record<string, unknown>;
  const production = env['NODE_ENV'] === 'production';

  for (const variable of variables()) {
    const raw = rawValue(env, variable, problems);
    if (variable.required_in_production && production && !raw) problems.push(`${variable.name} is required in production`);
    if (variable.secret && raw) problems.push(...secretProblems(variable, raw));
    const value = parse(variable, raw ?? variable.default ?? '', problems);
    Object.defineProperty(config, variable.property, { value, enumerable: true, configurable: true });
  }
  applyEnvironmentRules(config, env, problems, warnings);
  for (const name of Object.keys(env)) if (WATCHED.test(name) && !isKnown(name)) warnings.push(`${name} is not known${nearest(name)}`);
  if (problems.length) throw new ConfigRefused(problems);
  return { config: Object.freeze(config), warnings };
}

function rawValue(env: Environment, variable: DeclaredVariable, problems: string[]): string | undefined {
  const direct = [variable.name, ...(variable.aliases ?? [])].map((name) => env[name]).find((value) => value !== undefined && value !== '');
  const file = variable.secret ? env[`${variable.name}_FILE`] : undefined;
  if (!file) return direct;
  if (direct) {
    problems.push(`${variable.name} and ${variable.name}_FILE are both set: keep one`);
    return direct;
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    problems.push(`${variable.name}_FILE cannot be read: ${file}`);
    return undefined;
  }
}

function secretProblems(variable: DeclaredVariable, raw: string): string[] {
  const values = variable.type === 'list' ? raw.split(',').map((part) => part.trim()) : [raw];
  return values.flatMap((value) => {
    if (PLACEHOLDER.test(value)) return [`${variable.name} is a placeholder: set a value of your own`];
    if (!variable.chosen && Buffer.byteLength(value) < 32) return [`${variable.name} is shorter than 32 bytes`];
    return [];
  });
}

function parse(variable: DeclaredVariable, raw: string, problems: string[]): unknown {
  const refuse = (rule: string, instead: unknown): unknown => {
    problems.push(`${variable.name} ${rule}`);
    return instead;
  };
  if (variable.pattern && raw && !variable.pattern.test(raw)) return refuse(`does not have the form ${variable.pattern.source}`, raw);
  switch (variable.type) {
    case 'boolean':
      return /^(true|1|yes|on)$/i.test(raw) ? true : /^(false|0|no|off|)$/i.test(raw) ? false : refuse('must be true or false', false);
    case 'int':
    case 'number': {
      const value = Number(raw);
      if (raw.trim() === '' || !Number.isFinite(value) || (variable.type === 'int' && !Number.isInteger(value)))
        return refuse(`must be a${variable.type === 'int' ? ' whole' : ''} number`, 0);
      if ((variable.min !== undefined && value < variable.min) || (variable.max !== undefined && value > variable.max))
        return refuse(`must be between ${variable.min} and ${variable.max}`, value);
      return value;
    }
    case 'list':
      return Object.freeze(
        raw
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean),
      );
    case 'enum':
      return variable.values?.includes(raw) ? raw : refuse(`must be one of ${variable.values?.join(', ')}`, variable.default);
    case 'url':
      return raw === '' || URL.canParse(raw) ? raw : refuse('must be a URL', '');
    case 'string':
      return raw;
  }
}

/** Rules that look at more than one variable. */
function applyEnvironmentRules(config: Config, env: Environment, problems: string[], warnings: string[]): void {
  const set = (property: keyof Config, value: unknown): void => void Object.defineProperty(config, property, { value, enumerable: true });
  if (config.database_type === 'sqlite')
    problems.push('DATABASE_TYPE=sqlite is not supported: tenants are kept apart by row-level security, which needs PostgreSQL');
  if (config.cors_origin.includes('*')) problems.push('CORS_ORIGIN must not be *: list exact origins');
  if (env['RBAC_ENFORCE_STRICT'] === 'false') problems.push('RBAC_ENFORCE_STRICT=false is not supported: every route declares its access');
  if (config.redis_enabled && !config.redis_url) {
    const password = config.redis_password ? `:${encodeURIComponent(config.redis_password)}@` : '';
    set('redis_url', `redis://${password}${config.redis_host}:${config.redis_port}`);
  } else if (config.redis_enabled) warnings.push('REDIS_URL and REDIS_ENABLED are both set: REDIS_URL counts');
  if (env['JWT_EXPIRY'] && !env['JWT_ACCESS_TTL']) {
    set('jwt_access_ttl', Math.min(3_600, durationSeconds(env['JWT_EXPIRY']) ?? config.jwt_access_ttl));
    warnings.push('JWT_EXPIRY is accepted and capped at one hour; JWT_ACCESS_TTL says it in seconds');
  }
  if (config.s3_bucket) for (const [name, value] of [['AWS_REGION', config.aws_region], ['AWS_ACCESS_KEY_ID', config.aws_access_key_id], ['AWS_SECRET_ACCESS_KEY', config.aws_secret_access_key]] as const) if (!value) problems.push(`${name} is required because S3_BUCKET is set`); // prettier-ignore
  if (env['DATABASE_PATH']) warnings.push('DATABASE_PATH has no effect: data lives in PostgreSQL, at DATABASE_URL');
  if (/^(true|1)$/i.test(config.allow_default_tenant))
    warnings.push(
      'ALLOW_DEFAULT_TENANT has no effect: there is no default tenant. Levers that exist: suspend, read-only, module switch, maintenance',
    );
  if (/^(false|0)$/i.test(config.tenant_isolation_strict))
    warnings.push(
      'TENANT_ISOLATION_STRICT has no effect: isolation cannot be switched off. Levers that exist: suspend, read-only, module switch, maintenance',
    );
  if (config.bootstrap_token)
    warnings.push('BOOTSTRAP_TOKEN is set: whoever has it is superuser. Unset it as soon as somebody can sign in');
  const nobody = config.ops_admins.filter((email) => !/^[^\s@]+@[^\s@]+$/.test(email));
  if (nobody.length)
    problems.push(
      `OPS_ADMINS has ${nobody.length} entr${nobody.length === 1 ? 'y' : 'ies'} that ${nobody.length === 1 ? 'is' : 'are'} no e-mail`,
    );
  if (config.production) {
    if (!env['PLATFORM_MFA_REQUIRED']) set('platform_mfa_required', true);
    if (!env['SIGNUP']) set('signup', 'off');
    if (env['API_DOCS'] === undefined) set('api_docs', 'off');
    if (!env['WEBHOOK_ALLOW_HTTP']) set('webhook_allow_http', false);
    if (
      config.webhook_allowed_cidrs.some((cidr) => /^(127\.|0\.|169\.254\.|::1|\[::1|fe80:|::ffff:)/i.test(cidr) || /\/0(?:$|:)/.test(cidr))
    )
      problems.push('WEBHOOK_ALLOWED_CIDRS must not open loopback, link-local or every address in production');
    if (config.platform_hosts.length === 0) problems.push('PLATFORM_HOSTS is required in production');
    if (!config.frontend_url) problems.push('FRONTEND_URL is required in production');
    if (/^(true|1|yes|on)$/i.test(env['DEMO_DATA'] ?? '')) problems.push('DEMO_DATA=true is impossible in production');
    set('demo_data', false);
  }
}

/** `24h`, `15m`, `3600` → seconds, or null. */
function durationSeconds(text: string): number | null {
  const match = /^(\d+)\s*(s|m|h|d)?$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * { s: 1, m: 60, h: 3_600, d: 86_400 }[(match[2] ?? 's') as 's' | 'm' | 'h' | 'd'];
}

function isKnown(name: string): boolean {
  return variables().some((v) => v.name === name || v.aliases?.includes(name) || (v.secret && `${v.name}_FILE` === name));
}

function nearest(name: string): string {
  const [best] = variables()
    .map((v) => ({ name: v.name, distance: editDistance(name, v.name) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 4 ? `: did you mean ${best.name}?` : '';
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length] ?? 0;
}
