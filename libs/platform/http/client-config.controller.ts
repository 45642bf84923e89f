import { Controller, Get, Headers, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { TenantResolver } from '../auth/index.js';
import { Config } from '../config/index.js';
import { PLATFORM_PASSWORD_POLICY } from '../crypto/index.js';
import { RuntimeFacts } from '../runtime.js';
import { Public } from './access.js';
import { Answers } from './answers.js';
import { ClientConfigOut } from './client-config.dto.js';
import { Hosts } from './hosts.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** What the SPA must know before anybody signs in. It never names a tenant that the host does not. */
@Controller('client-config')
export class ClientConfigController {
  private readonly hosts: Hosts;

  constructor(
    private readonly config: Config,
    private readonly facts: RuntimeFacts,
    private readonly resolver: TenantResolver,
  ) {
    this.hosts = new Hosts(config, resolver);
  }

  @Get()
  @Public()
  @Answers(200, ClientConfigOut)
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Headers('x-client') client?: string): Promise<void> {
    const host = await this.hosts.kindOf(request.host);
    const { kind } = host;
    const local = LOOPBACK.has(request.ip);
    const body: ClientConfigOut = {
      product_name: this.config.product_name,
      build: this.facts.build,
      host_kind: kind === 'unknown_tenant' ? 'app' : kind,
      root_domain: this.config.tenant_subdomain_enabled ? this.config.root_domain : null,
      tenant: host.kind === 'tenant' ? await this.tenantOf(host.tenant_id) : null,
      sign_in: { password: true, google: false, signup: this.config.signup === 'open', mfa: false },
      password_policy: { ...PLATFORM_PASSWORD_POLICY },
      languages: ['en'],
      demo: !this.config.production && this.facts.demo && local ? { accounts: [...this.facts.demo()] } : null,
      maintenance: null,
      client: client === 'native' ? 'native' : 'web',
      storage_origin: null,
      features: [
        ...(this.config.admin_console_enabled ? ['admin_console'] : []),
        ...(this.config.tenant_routing_enabled ? ['tenant_routing'] : []),
      ],
      invitation_ttl_hours: this.config.invitation_ttl_hours,
      upload_max_bytes: 0,
    };
    const text = JSON.stringify(body);
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    void reply.header('cache-control', 'no-cache').header('etag', etag);
    if (request.headers['if-none-match'] === etag) return void reply.status(304).send();
    return void reply.header('content-type', 'application/json; charset=utf-8').send(text);
  }

  private async tenantOf(tenant_id: string): Promise<Record<string, unknown> | null> {
    const face = await this.resolver.describe(tenant_id);
    return face && { slug: face.slug, name: face.name, branding: face.branding };
  }
}
