import { Variable } from './variable.js';

export type Role = 'all' | 'api' | 'worker';
export type NodeEnv = 'development' | 'test' | 'production';

/**
 * Everything the process can be told from outside: one property a variable, read once, validated, frozen.
 * `.env.example` and docs/configuration.md are generated from this class. Nothing else reads the environment.
 */
export class Config {
  @Variable({
    name: 'NODE_ENV',
    type: 'enum',
    values: ['development', 'test', 'production'],
    default: 'development',
    area: 'process',
    about: 'production refuses demo data, placeholder secrets and the embedded database',
  })
  readonly node_env: NodeEnv;
  @Variable({
    name: 'TENANTRY_ROLE',
    type: 'enum',
    values: ['all', 'api', 'worker'],
    default: 'all',
    area: 'process',
    about: 'what this process does: HTTP, queues and schedules, or both',
  })
  readonly role: Role;
  @Variable({
    name: 'TENANTRY_DATA',
    type: 'string',
    default: '.data',
    area: 'process',
    about: 'folder of the embedded database, generated secrets, logs and local files',
  })
  readonly data_dir: string;
  @Variable({ name: 'PORT', type: 'int', min: 0, max: 65535, default: '3000', area: 'process', about: 'port of the API and the SPA' })
  readonly port: number;
  @Variable({
    name: 'HOST',
    type: 'string',
    default: '',
    area: 'process',
    about: 'address to listen on; empty: 127.0.0.1, in production 0.0.0.0',
  })
  readonly host: string;
  @Variable({
    name: 'WORKER_PORT',
    type: 'int',
    min: 0,
    max: 65535,
    default: '3100',
    area: 'process',
    about: 'health routes of a process that is only a worker',
  })
  readonly worker_port: number;
  @Variable({
    name: 'METRICS_PORT',
    type: 'int',
    min: 0,
    max: 65535,
    default: '9090',
    area: 'process',
    about: 'port of /metrics, never the public one',
  })
  readonly metrics_port: number;
  @Variable({ name: 'METRICS_HOST', type: 'string', default: '127.0.0.1', area: 'process', about: 'address of the metrics port' })
  readonly metrics_host: string;
  @Variable({
    name: 'PROMETHEUS_METRICS_ENABLED',
    type: 'boolean',
    default: 'true',
    area: 'process',
    about: 'false closes the metrics port',
  })
  readonly metrics_enabled: boolean;
  @Variable({
    name: 'TENANTRY_BUILD',
    type: 'string',
    default: '',
    area: 'process',
    about: 'the commit this was built from, for /version; default: asked of git',
  })
  readonly build: string;
  @Variable({
    name: 'SHUTDOWN_DRAIN_MS',
    type: 'int',
    min: 0,
    max: 60_000,
    default: '0',
    area: 'process',
    about: 'how long /readyz says 503 before connections close (behind a proxy: 5000)',
  })
  readonly shutdown_drain_ms: number;
  @Variable({
    name: 'SHUTDOWN_GRACE_MS',
    type: 'int',
    min: 1_000,
    max: 300_000,
    default: '30000',
    area: 'process',
    about: 'after this the process ends with exit code 1; webhooks under way have ten seconds less, so 70000 lets the longest of them end',
  })
  readonly shutdown_grace_ms: number;
  @Variable({
    name: 'LOG_LEVEL',
    type: 'enum',
    values: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    area: 'process',
    about: 'least level that is logged',
  })
  readonly log_level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  @Variable({
    name: 'LOG_FORMAT',
    type: 'enum',
    values: ['json', 'pretty'],
    default: 'json',
    area: 'process',
    about: 'json for machines, pretty for people',
  })
  readonly log_format: 'json' | 'pretty';

  @Variable({
    name: 'DATABASE_URL',
    type: 'url',
    default: '',
    area: 'database',
    secret: true,
    chosen: true,
    required_in_production: true,
    about:
      'PostgreSQL 15 or newer; unset outside production: an embedded server; for TLS ?sslmode=verify-full, with &sslrootcert=<file> or NODE_EXTRA_CA_CERTS for an authority of your own',
  })
  readonly database_url: string;
  @Variable({
    name: 'DATABASE_APP_URL',
    type: 'url',
    default: '',
    area: 'database',
    secret: true,
    chosen: true,
    about: 'role tenantry_app; derived from DATABASE_URL when unset',
  })
  readonly database_app_url: string;
  @Variable({
    name: 'DATABASE_PLATFORM_URL',
    type: 'url',
    default: '',
    area: 'database',
    secret: true,
    chosen: true,
    about: 'role tenantry_platform; derived from DATABASE_URL when unset',
  })
  readonly database_platform_url: string;
  @Variable({
    name: 'DATABASE_OWNER_URL',
    type: 'url',
    default: '',
    area: 'database',
    secret: true,
    chosen: true,
    about: 'role tenantry_owner, for migrations only; derived from DATABASE_URL when unset',
  })
  readonly database_owner_url: string;
  @Variable({
    name: 'DATABASE_TYPE',
    type: 'enum',
    values: ['postgres', 'sqlite'],
    default: 'postgres',
    area: 'database',
    about: 'sqlite is refused: row-level security needs PostgreSQL',
  })
  readonly database_type: 'postgres' | 'sqlite';
  @Variable({
    name: 'DB_POOL_APP',
    type: 'int',
    min: 1,
    max: 100,
    default: '10',
    area: 'database',
    about: 'connections of the pool that serves tenants',
  })
  readonly db_pool_app: number;
  @Variable({
    name: 'DB_POOL_PLATFORM',
    type: 'int',
    min: 1,
    max: 100,
    default: '6',
    area: 'database',
    about: 'connections of the platform pool',
  })
  readonly db_pool_platform: number;
  @Variable({
    name: 'DB_PREPARED',
    type: 'enum',
    values: ['on', 'off'],
    default: 'on',
    area: 'database',
    about: 'off: no named statement at all (PgBouncer before 1.21)',
  })
  readonly db_prepared: 'on' | 'off';

  @Variable({
    name: 'REDIS_URL',
    type: 'url',
    default: '',
    area: 'queue',
    secret: true,
    chosen: true,
    about:
      'set: queues and fan-out on Redis; unset: on PostgreSQL; rediss:// for TLS, with NODE_EXTRA_CA_CERTS for an authority of your own',
  })
  readonly redis_url: string;
  @Variable({
    name: 'REDIS_ENABLED',
    type: 'boolean',
    default: 'false',
    area: 'queue',
    about: 'with REDIS_HOST, REDIS_PORT and REDIS_PASSWORD: another way to say REDIS_URL',
  })
  readonly redis_enabled: boolean;
  @Variable({ name: 'REDIS_HOST', type: 'string', default: 'localhost', area: 'queue', about: 'see REDIS_ENABLED' })
  readonly redis_host: string;
  @Variable({ name: 'REDIS_PORT', type: 'int', min: 1, max: 65535, default: '6379', area: 'queue', about: 'see REDIS_ENABLED' })
  readonly redis_port: number;
  @Variable({ name: 'REDIS_PASSWORD', type: 'string', default: '', area: 'queue', secret: true, chosen: true, about: 'see REDIS_ENABLED' })
  readonly redis_password: string;
  @Variable({
    name: 'QUEUE_URL',
    type: 'url',
    default: '',
    area: 'queue',
    secret: true,
    chosen: true,
    about: 'where the queues live; default REDIS_URL, else the platform URL; never through PgBouncer',
  })
  readonly queue_url: string;
  @Variable({
    name: 'HEALTH_REDIS',
    type: 'enum',
    values: ['soft', 'hard'],
    default: 'soft',
    area: 'queue',
    about: 'hard: /health says 503 while Redis is down',
  })
  readonly health_redis: 'soft' | 'hard';

  @Variable({
    name: 'FRONTEND_URL',
    type: 'url',
    default: '',
    area: 'http',
    about: 'public address of the SPA, for links in mails; default http://localhost:<port>',
  })
  readonly frontend_url: string;
  @Variable({ name: 'PRODUCT_NAME', type: 'string', default: 'Tenantry', area: 'http', about: 'shown to people' })
  readonly product_name: string;
  @Variable({
    name: 'API_DOCS',
    type: 'enum',
    values: ['open', 'off'],
    default: 'open',
    area: 'http',
    about: '/api-docs; in production the default is off',
  })
  readonly api_docs: 'open' | 'off';
  @Variable({
    name: 'CORS_ORIGIN',
    type: 'list',
    default: '',
    area: 'http',
    about: 'exact origins that may call with credentials; * is refused',
  })
  readonly cors_origin: readonly string[];
  @Variable({
    name: 'TRUST_PROXY',
    type: 'list',
    default: '',
    area: 'http',
    about: 'networks (CIDR) whose X-Forwarded-* and X-Request-ID are believed',
  })
  readonly trust_proxy: readonly string[];
  @Variable({
    name: 'RATE_LIMIT_API',
    type: 'string',
    default: '',
    pattern: /^[1-9]\d{0,6}\/[1-9]\d{0,3}[smhd]$/,
    area: 'http',
    about:
      'one limit for every caller, as 100/15m; unset: 100 in 15 minutes for an address, what the plan includes for a tenant, 600 a minute for staff',
  })
  readonly rate_limit_api: string;
  @Variable({
    name: 'ROOT_DOMAIN',
    type: 'string',
    default: 'localhost',
    area: 'http',
    required_in_production: true,
    about: 'tenants are <slug>.<ROOT_DOMAIN> when TENANT_SUBDOMAIN_ENABLED',
  })
  readonly root_domain: string;
  @Variable({ name: 'TENANT_SUBDOMAIN_ENABLED', type: 'boolean', default: 'false', area: 'http', about: 'subdomains name tenants' })
  readonly tenant_subdomain_enabled: boolean;
  @Variable({
    name: 'TENANT_ROUTING_ENABLED',
    type: 'boolean',
    default: 'true',
    area: 'http',
    about: 'false: pages under /<language>/cockpit/<slug> are 404; nothing else changes',
  })
  readonly tenant_routing_enabled: boolean;
  @Variable({
    name: 'ADMIN_CONSOLE_ENABLED',
    type: 'boolean',
    default: 'true',
    area: 'http',
    about: 'false: the consoles and their routes are 404 to people; keys of machines keep working',
  })
  readonly admin_console_enabled: boolean;
  @Variable({
    name: 'RESERVED_SUBDOMAINS',
    type: 'list',
    default: '',
    area: 'http',
    required_in_production: true,
    about: 'labels that never name a tenant, beside the built-in list',
  })
  readonly reserved_subdomains: readonly string[];
  @Variable({
    name: 'PLATFORM_HOSTS',
    type: 'list',
    default: '',
    area: 'http',
    about: 'hosts of the platform console; outside production localhost,127.0.0.1',
  })
  readonly platform_hosts: readonly string[];

  @Variable({
    name: 'JWT_SECRET',
    type: 'string',
    default: '',
    area: 'secrets',
    secret: true,
    required_in_production: true,
    about: 'signs access tokens; at least 32 characters',
  })
  readonly jwt_secret: string;
  @Variable({
    name: 'JWT_SECRET_PREVIOUS',
    type: 'string',
    default: '',
    area: 'secrets',
    secret: true,
    about: 'still verifies while keys rotate',
  })
  readonly jwt_secret_previous: string;
  @Variable({
    name: 'PLATFORM_JWT_SECRET',
    type: 'string',
    default: '',
    area: 'secrets',
    secret: true,
    about: 'signs staff tokens; default derived from JWT_SECRET',
  })
  readonly platform_jwt_secret: string;
  @Variable({
    name: 'JWT_ACCESS_TTL',
    type: 'int',
    min: 60,
    max: 3_600,
    default: '900',
    area: 'secrets',
    about: 'life of an access token in seconds',
  })
  readonly jwt_access_ttl: number;
  @Variable({
    name: 'REFRESH_TTL_DAYS',
    type: 'int',
    min: 1,
    max: 30,
    default: '7',
    area: 'secrets',
    about: 'a session that is not used ends after this many days',
  })
  readonly refresh_ttl_days: number;
  @Variable({
    name: 'ENCRYPTION_KEY',
    type: 'string',
    default: '',
    area: 'secrets',
    secret: true,
    required_in_production: true,
    pattern: /^[0-9a-f]{64}$/i,
    about: '64 hex characters; encrypts fields',
  })
  readonly encryption_key: string;
  @Variable({
    name: 'ENCRYPTION_KEY_PREVIOUS',
    type: 'string',
    default: '',
    area: 'secrets',
    secret: true,
    pattern: /^[0-9a-f]{64}$/i,
    about: 'still decrypts while keys rotate',
  })
  readonly encryption_key_previous: string;
  @Variable({
    name: 'FIRST_OWNER_EMAIL',
    type: 'string',
    default: '',
    area: 'staff',
    about: 'the first superuser, made only while no staff exists',
  })
  readonly first_owner_email: string;
  @Variable({
    name: 'FIRST_OWNER_PASSWORD',
    type: 'string',
    default: '',
    area: 'staff',
    secret: true,
    chosen: true,
    about: 'its first password; must be changed at the first sign-in in production',
  })
  readonly first_owner_password: string;
  @Variable({
    name: 'OPS_ADMINS',
    type: 'list',
    default: '',
    area: 'staff',
    about: 'e-mails that are ops_admin; read at each start: who is new gets a link to set a password, who is gone from it is disabled',
  })
  readonly ops_admins: readonly string[];
  @Variable({
    name: 'BOOTSTRAP_TOKEN',
    type: 'string',
    default: '',
    area: 'staff',
    secret: true,
    pattern: /^[\w.~+/=-]+$/,
    about: 'bearer that opens /platform/* as superuser when nobody can sign in; each use is audited; unset again afterwards',
  })
  readonly bootstrap_token: string;
  @Variable({
    name: 'PLATFORM_MFA_REQUIRED',
    type: 'boolean',
    default: 'false',
    area: 'staff',
    about: 'staff need a second factor; in production the default is true',
  })
  readonly platform_mfa_required: boolean;
  @Variable({
    name: 'OPS_API_KEY',
    type: 'list',
    default: '',
    area: 'staff',
    secret: true,
    about: 'x-ops-key for /ops; two values while keys rotate',
  })
  readonly ops_api_key: readonly string[];
  @Variable({
    name: 'CRON_API_KEY',
    type: 'list',
    default: '',
    area: 'staff',
    secret: true,
    about: 'x-cron-key for worker and cron routes; two values while keys rotate',
  })
  readonly cron_api_key: readonly string[];
  @Variable({
    name: 'PROVISIONING_WORKER_KEY',
    type: 'list',
    default: '',
    area: 'staff',
    secret: true,
    about: 'a second name of CRON_API_KEY',
  })
  readonly provisioning_worker_key: readonly string[];

  @Variable({
    name: 'SMTP_URL',
    type: 'url',
    default: '',
    area: 'mail',
    secret: true,
    chosen: true,
    about: 'mail server; unset outside production: the built-in mailbox',
  })
  readonly smtp_url: string;
  @Variable({ name: 'MAIL_FROM', type: 'string', default: 'Tenantry <no-reply@localhost>', area: 'mail', about: 'sender of every mail' })
  readonly mail_from: string;

  @Variable({ name: 'S3_BUCKET', type: 'string', default: '', area: 'storage', about: 'set: files in S3; unset: in the data folder' })
  readonly s3_bucket: string;
  @Variable({ name: 'S3_ENDPOINT', type: 'url', default: '', area: 'storage', about: 'an S3-compatible server' })
  readonly s3_endpoint: string;
  @Variable({ name: 'AWS_REGION', type: 'string', default: '', area: 'storage', about: 'region of the bucket' })
  readonly aws_region: string;
  @Variable({ name: 'AWS_ACCESS_KEY_ID', type: 'string', default: '', area: 'storage', about: 'access key of the bucket' })
  readonly aws_access_key_id: string;
  @Variable({
    name: 'AWS_SECRET_ACCESS_KEY',
    type: 'string',
    default: '',
    area: 'storage',
    secret: true,
    chosen: true,
    about: 'its secret',
  })
  readonly aws_secret_access_key: string;

  @Variable({ name: 'INVITATION_TTL_HOURS', type: 'int', min: 1, max: 720, default: '48', area: 'tenancy', about: 'life of an invitation' })
  readonly invitation_ttl_hours: number;
  @Variable({
    name: 'SIGNUP',
    type: 'enum',
    values: ['open', 'off'],
    default: 'open',
    area: 'tenancy',
    about: 'may anybody make a tenant of their own; in production the default is off',
  })
  readonly signup: 'open' | 'off';
  @Variable({ name: 'TRIAL_DAYS', type: 'int', min: 0, max: 365, default: '14', area: 'tenancy', about: 'length of a trial' })
  readonly trial_days: number;
  @Variable({
    name: 'AUTHZ_MODE',
    type: 'enum',
    values: ['fresh', 'optimistic'],
    default: 'optimistic',
    area: 'tenancy',
    about:
      'how rights are read: fresh reads them in every request; optimistic remembers them and lets the first statement of the request check them, which saves a round trip',
  })
  readonly authz_mode: 'fresh' | 'optimistic';
  @Variable({
    name: 'ALLOW_DEFAULT_TENANT',
    type: 'string',
    default: '',
    area: 'tenancy',
    about: 'has no effect: there is no default tenant; said at start when set',
  })
  readonly allow_default_tenant: string;
  @Variable({
    name: 'TENANT_ISOLATION_STRICT',
    type: 'string',
    default: '',
    area: 'tenancy',
    about: 'has no effect: isolation cannot be switched off; said at start when set',
  })
  readonly tenant_isolation_strict: string;
  @Variable({
    name: 'RBAC_AUDIT_LOGGING',
    type: 'boolean',
    default: 'true',
    area: 'rbac',
    about: 'false stops only the sample of allowed decisions',
  })
  readonly rbac_audit_logging: boolean;
  @Variable({
    name: 'RBAC_AUDIT_ALLOW_SAMPLE',
    type: 'number',
    min: 0,
    max: 1,
    default: '0.01',
    area: 'rbac',
    about: 'share of allowed decisions that is written',
  })
  readonly rbac_audit_allow_sample: number;
  @Variable({ name: 'RBAC_METRICS_ENABLED', type: 'boolean', default: 'true', area: 'rbac', about: 'counts denials in rbac_denied_total' })
  readonly rbac_metrics_enabled: boolean;
  @Variable({
    name: 'RBAC_ENFORCE_STRICT',
    type: 'enum',
    values: ['true'],
    default: 'true',
    area: 'rbac',
    about: 'always on: a route without a declared access stops the start',
  })
  readonly rbac_enforce_strict: 'true';
  @Variable({
    name: 'WEBHOOK_DISPATCHER_ENABLED',
    type: 'boolean',
    default: 'true',
    area: 'webhooks',
    about: 'false: this worker sends no webhooks; deliveries wait',
  })
  readonly webhook_dispatcher_enabled: boolean;
  @Variable({
    name: 'WEBHOOK_RETRY_DELAYS',
    type: 'list',
    default: '1000,5000,25000',
    area: 'webhooks',
    pattern: /^\d{1,8}(,\d{1,8})*$/,
    about: 'ms to wait after the first, second, … failure; beyond the list five times the last, at most 12 h',
  })
  readonly webhook_retry_delays: readonly string[];
  @Variable({
    name: 'WEBHOOK_MAX_RETRIES',
    type: 'int',
    min: 0,
    max: 12,
    default: '3',
    area: 'webhooks',
    about: 'retries of a webhook that names none of its own',
  })
  readonly webhook_max_retries: number;
  @Variable({
    name: 'WEBHOOK_TIMEOUT_MS',
    type: 'int',
    min: 1_000,
    max: 60_000,
    default: '30000',
    area: 'webhooks',
    about: 'the whole time of one send of a webhook that names none of its own',
  })
  readonly webhook_timeout_ms: number;
  @Variable({
    name: 'WEBHOOK_FAST_SLOTS',
    type: 'int',
    min: 1,
    max: 4_096,
    default: '256',
    area: 'webhooks',
    about: 'sends at once in one worker to endpoints that have answered well',
  })
  readonly webhook_fast_slots: number;
  @Variable({
    name: 'WEBHOOK_SLOW_SLOTS',
    type: 'int',
    min: 1,
    max: 4_096,
    default: '512',
    area: 'webhooks',
    about: 'sends at once in one worker to endpoints that are new, slow or do not answer',
  })
  readonly webhook_slow_slots: number;
  @Variable({
    name: 'WEBHOOK_DISABLE_AFTER',
    type: 'string',
    default: '5d',
    area: 'webhooks',
    pattern: /^[1-9]\d{0,4}[smhd]$/,
    about: 'a webhook without a success for so long is disabled: 5d, 12h, 30m',
  })
  readonly webhook_disable_after: string;
  @Variable({
    name: 'WEBHOOK_RETENTION_DAYS',
    type: 'int',
    min: 7,
    max: 366,
    default: '30',
    area: 'webhooks',
    about: 'events, deliveries and attempts are kept so long, by whole weeks',
  })
  readonly webhook_retention_days: number;
  @Variable({
    name: 'WEBHOOK_ARCHIVE',
    type: 'enum',
    values: ['off', 'on'],
    default: 'off',
    area: 'webhooks',
    about: 'on: a week is dropped only when S3_BUCKET has a verified copy of it',
  })
  readonly webhook_archive: 'off' | 'on';
  @Variable({
    name: 'WEBHOOK_ALLOW_HTTP',
    type: 'boolean',
    default: 'true',
    area: 'webhooks',
    about: 'webhooks may go to http addresses; in production false unless set',
  })
  readonly webhook_allow_http: boolean;
  @Variable({
    name: 'WEBHOOK_ALLOWED_CIDRS',
    type: 'list',
    default: '',
    area: 'webhooks',
    about: 'private networks that webhooks may reach all the same: 10.1.0.0/16, 10.1.2.3/32:8443; no loopback in production',
  })
  readonly webhook_allowed_cidrs: readonly string[];
  @Variable({
    name: 'WEBHOOK_BLOCKED_PORTS',
    type: 'list',
    default: '22,25,3306,5432,6379,9200,11211,27017',
    area: 'webhooks',
    pattern: /^(\d{1,5}(,\d{1,5})*)?$/,
    about: 'ports that webhooks never go to',
  })
  readonly webhook_blocked_ports: readonly string[];
  @Variable({
    name: 'DEMO_DATA',
    type: 'boolean',
    default: 'true',
    area: 'process',
    about: 'demo tenants on an empty database outside production',
  })
  readonly demo_data: boolean;

  get production(): boolean {
    return this.node_env === 'production';
  }
  get serves_http(): boolean {
    return this.role !== 'worker';
  }
  get works(): boolean {
    return this.role !== 'api';
  }
  get listen_host(): string {
    return this.host || (this.production ? '0.0.0.0' : '127.0.0.1');
  }
  get public_url(): string {
    return this.frontend_url || `http://localhost:${this.port}`;
  }
  get platform_host_list(): readonly string[] {
    return this.platform_hosts.length || this.production ? this.platform_hosts : ['localhost', '127.0.0.1'];
  }
  get cron_keys(): readonly string[] {
    return [...this.cron_api_key, ...this.provisioning_worker_key];
  }
}
