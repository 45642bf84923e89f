import type { TenantResolver } from '../auth/types.js';
import type { Config } from '../config/index.js';

/** What a host may serve. */
export type HostKind =
  | { readonly kind: 'platform' | 'any' | 'app' }
  | { readonly kind: 'tenant'; readonly tenant_id: string }
  | { readonly kind: 'unknown_tenant' };

const ANY = { kind: 'any' } as const;
const PLATFORM = { kind: 'platform' } as const;
const APP = { kind: 'app' } as const;
const UNKNOWN = { kind: 'unknown_tenant' } as const;

/** Host without port, lower case; `[::1]:3000` → `[::1]`. */
export const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, '');

export class Hosts {
  private readonly platform: ReadonlySet<string>;
  private readonly frontend: string;

  constructor(
    private readonly config: Config,
    private readonly tenants: TenantResolver,
  ) {
    this.platform = new Set(config.platform_host_list.map((host) => host.toLowerCase()));
    this.frontend = new URL(config.public_url).hostname;
  }

  /** True when PLATFORM_HOSTS is not set in production: platform routes for people answer 503. */
  get unset(): boolean {
    return this.platform.size === 0;
  }

  async kindOf(hostHeader: string): Promise<HostKind> {
    const host = hostName(hostHeader);
    if (this.platform.has(host)) return host === this.frontend || this.isLoopback(host) ? ANY : PLATFORM;
    if (host === this.frontend) return APP;
    const tenant_id = await this.tenants.byHost(host);
    if (tenant_id) return { kind: 'tenant', tenant_id };
    return this.config.tenant_subdomain_enabled && host.endsWith(`.${this.config.root_domain}`) ? UNKNOWN : APP;
  }

  /** The quick start is reached by either name of the machine itself. */
  private isLoopback(host: string): boolean {
    return !this.config.production && (host === 'localhost' || host === '127.0.0.1' || host === '[::1]');
  }
}
