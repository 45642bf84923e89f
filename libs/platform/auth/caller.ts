import { createParamDecorator, Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import { Config } from '../config/index.js';
import { Hosts } from '../http/hosts.js';
import { requestFacts } from '../http/params.js';
import { bearer, tenantHeader } from './access.guard.js';
import { TenantResolver, type RequestFacts, type VerifiedCredential } from './types.js';

export type ClientKind = 'web' | 'native' | 'api';

/**
 * Who calls a sign-in route, as far as HTTP tells: what these routes read of a request and the few headers they answer with. It keeps
 * Fastify out of the modules.
 */
export interface Caller {
  /** `X-Client`; the SPA says `web` and keeps its refresh token in a cookie, everybody else in the body. */
  readonly kind: ClientKind;
  readonly facts: RequestFacts;
  readonly host: string;
  readonly https: boolean;
  readonly origin: string | null;
  readonly bearer: string | null;
  /** What the guard verified; null on public routes. */
  readonly credential: VerifiedCredential | null;
  /** `X-Tenant-Id`. @throws Problem tenant_hint_invalid */
  tenantHint(): string | null;
  cookie(name: string): string | null;
  setCookie(line: string): void;
  /** Sends `version` as ETag. True when the caller has it already: the answer is 304 and has no body. */
  hasVersion(version: string): boolean;
}

/** `@FromCaller() caller: Caller` */
export const FromCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const http = context.switchToHttp();
  return callerOf(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
});

function callerOf(request: FastifyRequest, reply: FastifyReply): Caller {
  const { origin } = request.headers;
  return {
    kind: clientKind(request.headers['x-client']),
    facts: requestFacts(request),
    host: request.host,
    https: request.protocol === 'https',
    origin: origin ?? null,
    bearer: bearer(request),
    credential: request.credential ?? null,
    tenantHint: () => tenantHeader(request),
    cookie: (name) => readCookie(request.headers.cookie, name),
    setCookie: (line) => void reply.header('set-cookie', line),
    hasVersion: (version) => {
      void reply.header('etag', `"${version}"`).header('cache-control', 'private, no-cache');
      const has = matchesETag(request.headers['if-none-match'], version);
      if (has) void reply.status(304);
      return has;
    },
  };
}

export const clientKind = (header: string | string[] | undefined): ClientKind => (header === 'web' || header === 'native' ? header : 'api');

/** The first cookie of that name. Names are compared exactly: `__Host-` is part of one. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim() || null;
  }
  return null;
}

/** `If-None-Match` compares weakly (RFC 9110 §13.1.2). */
export const matchesETag = (header: string | undefined, version: string): boolean =>
  (header ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${version}"`);

/**
 * The refresh token of a browser: HttpOnly, SameSite=Strict, for this host alone. On https the name carries `__Host-`, so that no
 * subdomain can plant one; plain http, where browsers refuse that prefix, is for machines of developers.
 */
export class RefreshCookie {
  constructor(
    private readonly base: string,
    private readonly config: Config,
  ) {}

  /**
   * The token of the body or of the cookie. A cookie is sent by the browser on its own, so it counts only for a page of ours.
   * @throws Problem origin_refused
   */
  read(caller: Caller, inBody: string | undefined): string | null {
    if (inBody !== undefined) return inBody;
    const token = caller.cookie(this.name(caller));
    if (token === null) return null;
    if (!this.isOurs(caller)) throw fail('origin_refused');
    return token;
  }

  keep(caller: Caller, token: string, seconds: number): void {
    caller.setCookie(`${this.name(caller)}=${token}; Max-Age=${seconds}; ${this.attributes(caller)}`);
  }

  /** Only where there is one: an answer without a cookie stays without. */
  forget(caller: Caller): void {
    if (caller.cookie(this.name(caller)) !== null) caller.setCookie(`${this.name(caller)}=; Max-Age=0; ${this.attributes(caller)}`);
  }

  private isOurs({ origin, host, https }: Caller): boolean {
    if (origin === null) return false;
    const own = [`${https ? 'https' : 'http'}://${host}`, new URL(this.config.public_url).origin, ...this.config.cors_origin];
    return own.includes(origin);
  }

  private isSecure(caller: Caller): boolean {
    return this.config.production || caller.https || this.config.public_url.startsWith('https:');
  }
  private name(caller: Caller): string {
    return this.isSecure(caller) ? `__Host-${this.base}` : this.base;
  }
  private attributes(caller: Caller): string {
    return `Path=/; HttpOnly; ${this.isSecure(caller) ? 'Secure; ' : ''}SameSite=Strict`;
  }
}

/** What a host means to a public route, which the guard lets through unseen. Source: specs/platform.md §3.6. */
@Injectable()
export class CallerHosts {
  private readonly hosts: Hosts;

  constructor(
    @Inject(Config) private readonly config: Config,
    resolver: TenantResolver,
  ) {
    this.hosts = new Hosts(config, resolver);
  }

  /** The tenant that the host names, null when it names none. @throws Problem not_found or tenant_host_required */
  async tenantOf(caller: Caller): Promise<string | null> {
    const host = await this.hosts.kindOf(caller.host);
    if (host.kind === 'unknown_tenant') throw fail('not_found');
    if (host.kind === 'platform') throw fail('tenant_host_required');
    return host.kind === 'tenant' ? host.tenant_id : null;
  }

  /**
   * Sign-in of staff is for people, so only on a platform host, and only while there is a console.
   * @throws Problem not_found, platform_host_required or platform_hosts_unset
   */
  async mustBePlatform(caller: Caller): Promise<void> {
    if (!this.config.admin_console_enabled) throw fail('not_found');
    const { kind } = await this.hosts.kindOf(caller.host);
    if (kind === 'tenant' || kind === 'unknown_tenant') throw fail('platform_host_required');
    if (this.hosts.unset) throw fail('platform_hosts_unset');
    if (kind === 'app') throw fail('platform_host_required');
  }
}
