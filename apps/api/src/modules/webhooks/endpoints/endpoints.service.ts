import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { Entitlements } from '../../entitlements/index.js';
import { mustMatch } from '../../rbac/index.js';
import { bulkRows } from '../bulk/bulk.repository.js';
import { HeldRelease } from '../bulk/held-release.js';
import { openDeliveries } from '../deliveries/open-deliveries.repository.js';
import { DestinationGuard } from '../sending/index.js';
import { EndpointHeaders } from './endpoint-headers.js';
import { changesOf, endpointOut, targetOf } from './endpoint-out.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import type { ENDPOINT_LIST, EndpointIn, EndpointMade, EndpointOut, EndpointPatch } from './endpoints.dto.js';
import { endpointRows, type EndpointRow, type EndpointValues } from './endpoints.repository.js';
import { laneRows } from './lanes.repository.js';
import { secretRows } from './secrets.repository.js';
import { grantedRequires } from './subscription-rights.js';

/** Endpoints: where a tenant wants to be told of what. */
@Injectable()
export class Endpoints {
  constructor(
    private readonly db: TenantDb,
    private readonly guard: DestinationGuard,
    private readonly secrets: EndpointSecrets,
    private readonly headers: EndpointHeaders,
    private readonly held: HeldRelease,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  /** @throws Problem unknown_event, event_not_permitted, destination_not_allowed, header_not_allowed, limit_reached, name_taken (constraint) */
  async create(scope: TenantScope, authz: AuthzContext, input: EndpointIn): Promise<EndpointMade> {
    const webhook_id = newId();
    const granted_requires = grantedRequires(input.events, authz.held);
    const sealed = this.headers.seal(scope.tenant_id, webhook_id, input.headers ?? {});
    await this.guard.checkUrl(input.url); // asks DNS: before the transaction, never inside
    const values: EndpointValues = {
      name: input.name.trim(),
      url: input.url,
      events: input.events,
      granted_requires,
      ...sealed,
      retry_count: input.retry_count ?? this.config.webhook_max_retries,
      timeout_ms: input.timeout_ms ?? this.config.webhook_timeout_ms,
    };
    return this.db.run(scope, async (tx) => {
      await this.entitlements.take(tx, 'max_webhooks');
      await endpointRows.insert(tx, webhook_id, values, authz.principal.user_id);
      await laneRows.insert(tx, webhook_id);
      const secret = await this.secrets.first(tx, webhook_id);
      await this.audit.record(tx, 'webhook.created', {
        targets: [targetOf({ webhook_id, name: values.name })],
        changes: changesOf(null, values),
      });
      const { name, url, events } = values;
      return { success: true, webhook: { webhook_id, secret, name, url, events: [...events], status: 'active' } };
    });
  }

  async list(scope: TenantScope, list: ListOfQuery<typeof ENDPOINT_LIST>): Promise<Page<EndpointOut>> {
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, (tx) => endpointRows.list(tx, { status: list.filters.status ?? null }, after, list.take));
    const page = list.page(rows, (row) => [row.webhook_id]);
    return { ...page, data: page.data.map(endpointOut) };
  }

  async get(scope: TenantScope, webhook_id: string): Promise<EndpointOut> {
    return this.db.run(scope, async (tx) => endpointOut(await this.found(tx, webhook_id)));
  }

  /**
   * Whoever changes an endpoint may read all that it is told: a new URL would take it there.
   * @param version of `If-Match`, null when none was sent
   * @throws Problem as `create`, precondition_failed
   */
  async update(
    scope: TenantScope,
    authz: AuthzContext,
    webhook_id: string,
    patch: EndpointPatch,
    version: number | null,
  ): Promise<EndpointOut> {
    const known = await this.db.run(scope, (tx) => this.found(tx, webhook_id)); // 404 before anything is asked of DNS
    if (patch.events) grantedRequires(patch.events, authz.held);
    const sealed = patch.headers && this.headers.seal(scope.tenant_id, webhook_id, patch.headers);
    if (patch.url !== undefined && patch.url !== known.url) await this.guard.checkUrl(patch.url);
    return this.db.run(scope, async (tx) => {
      const before = await this.locked(tx, webhook_id);
      mustMatch(Number(before.row_version), version);
      const events = patch.events ?? before.events;
      const values: EndpointValues = {
        name: patch.name?.trim() ?? before.name,
        url: patch.url ?? before.url,
        events,
        granted_requires: grantedRequires(events, authz.held),
        headers_enc: before.headers_enc,
        header_names: before.header_names,
        ...sealed,
        retry_count: patch.retry_count ?? before.retry_count,
        timeout_ms: patch.timeout_ms ?? before.timeout_ms,
      };
      const changes = changesOf(before, values);
      if (changes.length === 0 && sealed === undefined && sameList(values.granted_requires, before.granted_requires))
        return endpointOut(before);
      await endpointRows.update(tx, webhook_id, values);
      await this.audit.record(tx, 'webhook.updated', {
        targets: [targetOf(before)],
        // The values are not for the log, but that they are others now is.
        changes: changes.length ? changes : [{ field: 'header_names', to: values.header_names }],
      });
      return endpointOut(await this.found(tx, webhook_id));
    });
  }

  /** Nothing more is sent, what waits is cancelled; the log of what was sent stays. */
  async remove(scope: TenantScope, webhook_id: string): Promise<void> {
    await this.db.run(scope, async (tx) => {
      const before = await this.locked(tx, webhook_id);
      await endpointRows.remove(tx, webhook_id);
      await secretRows.retireAll(tx, webhook_id);
      await openDeliveries.cancel(tx, webhook_id);
      await bulkRows.cancelAll(tx, webhook_id);
      await laneRows.park(tx, webhook_id, 'deleted');
      await this.entitlements.give(tx, 'max_webhooks');
      await this.audit.record(tx, 'webhook.deleted', {
        targets: [targetOf(before)],
        changes: [{ field: 'name', from: before.name }, { field: 'url', from: before.url }], // prettier-ignore
      });
    });
  }

  /** @throws Problem webhook_not_active */
  async pause(scope: TenantScope, webhook_id: string): Promise<EndpointOut> {
    return this.db.run(scope, async (tx) => {
      const before = await this.locked(tx, webhook_id);
      if (before.status !== 'active') throw fail('webhook_not_active', { status: before.status });
      await endpointRows.setStatus(tx, webhook_id, 'paused');
      await openDeliveries.hold(tx, webhook_id);
      await laneRows.park(tx, webhook_id, 'paused');
      await this.audit.record(tx, 'webhook.paused', {
        targets: [targetOf(before)],
        changes: [{ field: 'status', from: before.status, to: 'paused' }],
      });
      return endpointOut(await this.found(tx, webhook_id));
    });
  }

  /** From paused and from disabled. @throws Problem webhook_already_active */
  async resume(scope: TenantScope, authz: AuthzContext, webhook_id: string, release_held: boolean): Promise<EndpointOut> {
    return this.db.run(scope, async (tx) => {
      const before = await this.locked(tx, webhook_id);
      if (before.status === 'active') throw fail('webhook_already_active');
      await endpointRows.setStatus(tx, webhook_id, 'active');
      await laneRows.unpark(tx, webhook_id);
      if (release_held) await this.held.start(tx, webhook_id, authz.principal.user_id);
      await this.audit.record(tx, 'webhook.resumed', {
        targets: [targetOf(before)],
        changes: [{ field: 'status', from: before.status, to: 'active' }, { field: 'release_held', to: release_held }], // prettier-ignore
      });
      return endpointOut(await this.found(tx, webhook_id));
    });
  }

  /** The endpoint's row, held until the end of the transaction. @throws Problem not_found */
  async locked(tx: Tx, webhook_id: string): Promise<EndpointRow> {
    if (!(await endpointRows.lock(tx, webhook_id))) throw fail('not_found');
    return this.found(tx, webhook_id);
  }

  /** @throws Problem not_found */
  async found(tx: Tx, webhook_id: string): Promise<EndpointRow> {
    const endpoint = await endpointRows.find(tx, webhook_id);
    if (!endpoint) throw fail('not_found');
    return endpoint;
  }
}

const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((item, i) => item === b[i]);
