import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import { Config } from '#platform/config/index.js';
import { Clock, randomToken } from '#platform/crypto/index.js';
import { PlatformDb, type TenantScope, type TxInTenant } from '#platform/db/index.js';
import { DnsTxt } from '#platform/dns/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, type AuditEntry } from '../audit/index.js';
import { actingScope, lookingScope } from './acting-scope.js';
import { challengeName, hostName, isWithin } from './host-name.js';
import type { HOST_LIST, HostOut } from './hosts.dto.js';
import { hostRows, type HostRow } from './hosts.repository.js';
import { restedBefore } from './rest-period.js';
import { CachedTenantResolver } from './tenant-resolver.js';
import { tenantRows } from './tenants.repository.js';

const MAX_HOSTS = 20;

/**
 * Hosts of a tenant's own. A host names a tenant only after DNS has proved it, and asking for one tells nothing about who has it: a host
 * that is taken answers like a free one until then.
 */
@Injectable()
export class TenantHosts {
  constructor(
    private readonly db: PlatformDb,
    private readonly dns: DnsTxt,
    private readonly resolver: CachedTenantResolver,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async list(scope: TenantScope, list: ListOfQuery<typeof HOST_LIST>): Promise<Page<HostOut>> {
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.look(scope, (tx) => hostRows.list(tx, scope.tenant_id, after, list.take));
    const page = list.page(rows, (row) => [row.host]);
    return { ...page, data: page.data.map(hostOut) };
  }

  /** Repeated: the same challenge again. @throws Problem validation_failed or limit_reached */
  async add(scope: TenantScope, asked: string): Promise<HostOut> {
    const host = this.mayBeAsked(asked);
    return this.run(scope, async (tx) => {
      await tenantRows.lock(tx, scope.tenant_id);
      const known = await hostRows.find(tx, scope.tenant_id, host);
      if (known) return hostOut(known);
      const used = await hostRows.count(tx, scope.tenant_id);
      if (used >= MAX_HOSTS) throw fail('limit_reached', { limit: 'hosts', used, max: MAX_HOSTS });
      await hostRows.claim(tx, scope.tenant_id, host, `tenantry-verify=${randomToken(24)}`);
      await this.audit.record(tx, 'host.added', about(host));
      return hostOut(await this.mustFind(tx, host));
    });
  }

  /** @throws Problem not_found, host_not_verified or host_taken */
  async verify(scope: TenantScope, named: string): Promise<HostOut> {
    const host = nameOf(named);
    const asked = await this.look(scope, (tx) => this.mustFind(tx, host));
    // Network before the transaction, never inside. What is proved is proved: nobody is asked again.
    const records = asked.verified_at ? [] : await this.dns.lookup(challengeName(host));
    if (!asked.verified_at && !(asked.challenge && records.includes(asked.challenge)))
      throw fail('host_not_verified', { challenge: hostOut(asked).challenge });
    return this.run(scope, async (tx) => {
      await tenantRows.lock(tx, scope.tenant_id);
      const claim = await this.mustFind(tx, host);
      if (claim.verified_at) return hostOut(claim);
      if (claim.challenge !== asked.challenge) throw fail('host_not_verified', { challenge: hostOut(claim).challenge }); // removed and added again meanwhile
      const now = this.clock.now();
      if (!(await hostRows.take(tx, scope.tenant_id, claim, now, restedBefore(now)))) throw fail('host_taken');
      await hostRows.dropClaim(tx, scope.tenant_id, host);
      await this.changed(tx, 'host.verified', about(host));
      return hostOut(await this.mustFind(tx, host));
    });
  }

  /** @throws Problem not_found or host_not_verified */
  async makePrimary(scope: TenantScope, named: string): Promise<HostOut> {
    const host = nameOf(named);
    return this.run(scope, async (tx) => {
      await tenantRows.lock(tx, scope.tenant_id);
      const row = await this.mustFind(tx, host);
      if (!row.verified_at) throw fail('host_not_verified', { challenge: hostOut(row).challenge });
      if (row.is_primary) return hostOut(row);
      await hostRows.makePrimary(tx, scope.tenant_id, host);
      await this.changed(tx, 'host.primary_changed', { ...about(host), changes: [{ field: 'is_primary', from: false, to: true }] });
      return hostOut(await this.mustFind(tx, host));
    });
  }

  /** A proved host rests, so that nobody else takes it over while people still go there. @throws Problem not_found or invalid_state */
  async remove(scope: TenantScope, named: string): Promise<void> {
    const host = nameOf(named);
    await this.run(scope, async (tx) => {
      await tenantRows.lock(tx, scope.tenant_id);
      const row = await this.mustFind(tx, host);
      if (row.kind === 'subdomain') throw fail('invalid_state', { reason: 'subdomain' }); // it goes with the slug
      if (!row.verified_at) {
        await hostRows.dropClaim(tx, scope.tenant_id, host);
        return this.audit.record(tx, 'host.removed', about(host));
      }
      await hostRows.release(tx, scope.tenant_id, host, this.clock.now());
      if (row.is_primary) await hostRows.makePrimary(tx, scope.tenant_id, null);
      return this.changed(tx, 'host.removed', about(host));
    });
  }

  /** A name that could be somebody's own: not ours, not a tenant's subdomain. */
  private mayBeAsked(asked: string): string {
    const host = hostName(asked.trim());
    const refuse = (code: string, message: string) => invalid([{ field: '/host', code, message }]);
    if (!host) throw refuse('host', 'A host name, without scheme and port.');
    const ours = [this.config.root_domain, new URL(this.config.public_url).hostname, ...this.config.platform_host_list].map((name) =>
      name.toLowerCase(),
    );
    if (isWithin(host, this.config.root_domain.toLowerCase()) || ours.includes(host))
      throw refuse('host_reserved', 'This host is the platform’s own.');
    return host;
  }

  /** Hosts are read before a tenant is known, so only the platform pool writes them; the caller stays the actor. */
  private run<T>(scope: TenantScope, work: (tx: TxInTenant) => Promise<T>): Promise<T> {
    return this.db.inTenant(actingScope(scope), scope.tenant_id, work);
  }
  private look<T>(scope: TenantScope, work: (tx: TxInTenant) => Promise<T>): Promise<T> {
    return this.db.inTenant(lookingScope(scope), scope.tenant_id, work);
  }

  private async mustFind(tx: TxInTenant, host: string): Promise<HostRow> {
    const row = await hostRows.find(tx, tx.tenant_id, host);
    if (!row) throw fail('not_found');
    return row;
  }

  private async changed(
    tx: TxInTenant,
    action: 'host.verified' | 'host.removed' | 'host.primary_changed',
    entry: AuditEntry,
  ): Promise<void> {
    await this.audit.record(tx, action, entry);
    const tenant = await tenantRows.find(tx, tx.tenant_id);
    await this.outbox.emit(tx, {
      type: 'tenant.updated',
      subject_id: tx.tenant_id,
      data: { tenant_id: tx.tenant_id, name: tenant?.name ?? '', changed: ['hosts'] },
    });
    tx.afterCommit(() => this.resolver.forget());
  }
}

const about = (host: string): AuditEntry => ({ targets: [{ type: 'host', id: host }] });

/** @throws Problem not_found: what is no host name names no host */
function nameOf(text: string): string {
  const host = hostName(text);
  if (!host) throw fail('not_found');
  return host;
}

function hostOut(row: HostRow): HostOut {
  const { host, kind, is_primary, verified_at, challenge, created_at } = row;
  const record = !verified_at && challenge ? { name: challengeName(host), type: 'TXT' as const, value: challenge } : null;
  return { host, kind, status: verified_at ? 'verified' : 'pending', is_primary, verified_at: verified_at?.toISOString() ?? null, challenge: record, created_at: created_at.toISOString() }; // prettier-ignore
}
