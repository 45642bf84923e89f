import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import { newId } from '#platform/crypto/index.js';
import { sqlState, TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { likePattern } from '../rbac/index.js';
import { Tenants } from '../tenants/index.js';
import { StoreBlockers } from './store-blockers.js';
import type { STORE_LIST, StoreIn, StoreOut, StorePatch } from './stores.dto.js';
import { storeRows, type StoreRow, type StoreValues } from './stores.repository.js';
import { isTimeZone } from './time-zone.js';

/** `on delete restrict` says 23503, from PostgreSQL 18 on 23001. */
const REFERENCED: ReadonlySet<string | null> = new Set(['23503', '23001']);
const JSON_MAX = 8_000;

@Injectable()
export class Stores {
  constructor(
    private readonly db: TenantDb,
    private readonly tenants: Tenants,
    private readonly entitlements: Entitlements,
    private readonly blockers: StoreBlockers,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
  ) {}

  /** The stores of the caller's scope; others do not exist for them. */
  async list(scope: TenantScope, list: ListOfQuery<typeof STORE_LIST>): Promise<Page<StoreOut>> {
    const { q, status = null } = list.filters;
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, (tx) => storeRows.list(tx, scope.stores, { status, pattern: likePattern(q) }, after, list.take));
    const page = list.page(rows, (row) => [row.code]);
    return { ...page, data: page.data.map(storeOut) };
  }

  async get(scope: TenantScope, store_id: string): Promise<StoreOut> {
    const store = await this.db.run(scope, (tx) => storeRows.find(tx, store_id, scope.stores));
    if (!store) throw fail('not_found');
    return storeOut(store);
  }

  async create(scope: TenantScope, input: StoreIn): Promise<StoreOut> {
    return this.db.run(scope, async (tx) => storeOut(await this.insert(tx, input)));
  }

  /** @param version of `If-Match`, null when none was sent */
  async update(scope: TenantScope, store_id: string, patch: StorePatch, version: number | null): Promise<StoreOut> {
    return this.db.run(scope, async (tx) => {
      const before = await this.locked(tx, store_id);
      if (version !== null && Number(before.row_version) !== version)
        throw fail('precondition_failed', { row_version: Number(before.row_version) });
      const values = checked(merged(before, patch));
      if (values.status === 'inactive' && before.status === 'active') await this.mayClose(tx, scope, before);
      const changed = (Object.keys(values) as (keyof StoreValues)[]).filter(
        (field) => JSON.stringify(values[field]) !== JSON.stringify(before[field]),
      );
      if (changed.length === 0) return storeOut(before);
      await storeRows.update(tx, store_id, values);
      const after = await this.found(tx, store_id);
      await this.told(tx, before, after);
      return storeOut(after);
    });
  }

  async makeDefault(scope: TenantScope, store_id: string): Promise<StoreOut> {
    return this.db.run(scope, async (tx) => {
      await storeRows.lockAll(tx);
      const before = await this.found(tx, store_id);
      if (before.status !== 'active') throw fail('store_inactive');
      if (before.is_default) return storeOut(before);
      await storeRows.moveDefault(tx, store_id);
      const after = await this.found(tx, store_id);
      await this.told(tx, before, after);
      return storeOut(after);
    });
  }

  /** Only while nothing refers to it: a store that was used is deactivated, because its history names it. */
  async remove(scope: TenantScope, store_id: string): Promise<void> {
    await this.db.run(scope, async (tx) => {
      const before = await this.locked(tx, store_id);
      if (before.is_default) throw fail('store_is_default');
      const reasons = await this.askBlockers(tx, scope, store_id);
      if (reasons.length) throw fail('store_in_use', { reasons });
      try {
        await storeRows.remove(tx, store_id);
      } catch (error) {
        if (REFERENCED.has(sqlState(error))) throw fail('store_in_use', { reasons: ['referenced'] }, error);
        throw error;
      }
      await this.entitlements.give(tx, 'max_stores');
      const { code, name } = before;
      await this.audit.record(tx, 'store.updated', {
        targets: [{ type: 'store', id: store_id, label: code }],
        changes: [{ field: 'status', from: before.status, to: 'deleted' }],
        store_id,
      });
      await this.outbox.emit(tx, { type: 'store.updated', subject_id: store_id, data: { store_id, code, name, status: 'deleted' } });
    });
  }

  /** The stores of a new tenant, in provisioning: the first is the default. */
  async createDefaults(tx: Tx, stores: readonly Pick<StoreIn, 'code' | 'name'>[]): Promise<string[]> {
    const made: string[] = [];
    for (const store of stores) made.push((await this.insert(tx, store)).store_id);
    return made;
  }

  async removeAll(tx: Tx): Promise<void> {
    const n = await storeRows.removeAll(tx);
    if (n > 0) await this.entitlements.give(tx, 'max_stores', n);
  }

  private async insert(tx: Tx, input: StoreIn): Promise<StoreRow> {
    // First, because it locks the counter: two first stores cannot both become the default.
    await this.entitlements.take(tx, 'max_stores');
    const store_id = newId();
    const tenant = await this.tenants.find(tx, String(tx.tenant_id));
    const {
      kind = 'store',
      address = {},
      phone = null,
      opening_hours = {},
      time_zone = tenant.time_zone,
      currency = tenant.currency,
    } = input;
    const values = checked({
      code: input.code.toUpperCase(),
      name: input.name.trim(),
      kind,
      address,
      phone,
      time_zone,
      currency,
      opening_hours,
      status: 'active',
    });
    await storeRows.insert(tx, store_id, values, !(await storeRows.hasDefault(tx)));
    const store = await this.found(tx, store_id);
    const { code, name, status } = store;
    const changes = [{ field: 'code', to: code }, { field: 'name', to: name }, { field: 'status', to: status }]; // prettier-ignore
    await this.audit.record(tx, 'store.created', { targets: [{ type: 'store', id: store_id, label: code }], changes, store_id });
    await this.outbox.emit(tx, { type: 'store.created', subject_id: store_id, sequence: 1, data: { store_id, code, name } });
    return store;
  }

  private async mayClose(tx: Tx, scope: TenantScope, store: StoreRow): Promise<void> {
    if (store.is_default) throw fail('store_is_default');
    const reasons = await this.askBlockers(tx, scope, store.store_id);
    if (reasons.length) throw fail('store_in_use', { reasons });
  }

  private askBlockers(tx: Tx, scope: TenantScope, store_id: string): Promise<string[]> {
    return this.blockers.reasons(tx.in(scope.wholeTenant('what blocks closing a store may lie where the caller does not see')), store_id);
  }

  private async told(tx: Tx, before: StoreRow, after: StoreRow): Promise<void> {
    const { store_id, code, name, status, row_version } = after;
    await this.audit.record(tx, 'store.updated', {
      targets: [{ type: 'store', id: store_id, label: code }],
      changes: changesOf(before, after),
      store_id,
    });
    await this.outbox.emit(tx, {
      type: 'store.updated',
      subject_id: store_id,
      sequence: Number(row_version),
      data: { store_id, code, name, status },
    });
  }

  private async locked(tx: Tx, store_id: string): Promise<StoreRow> {
    if (!(await storeRows.lock(tx, store_id))) throw fail('not_found');
    return this.found(tx, store_id);
  }

  private async found(tx: Tx, store_id: string): Promise<StoreRow> {
    const store = await storeRows.find(tx, store_id);
    if (!store) throw fail('not_found');
    return store;
  }
}

function merged(before: StoreRow, patch: StorePatch): StoreValues {
  return {
    code: patch.code?.toUpperCase() ?? before.code,
    name: patch.name?.trim() ?? before.name,
    kind: patch.kind ?? before.kind,
    address: patch.address ?? before.address,
    phone: patch.phone === undefined ? before.phone : patch.phone,
    time_zone: patch.time_zone ?? before.time_zone,
    currency: patch.currency ?? before.currency,
    opening_hours: patch.opening_hours ?? before.opening_hours,
    status: patch.status ?? before.status,
  };
}

/** @throws Problem validation_failed */
function checked(values: StoreValues): StoreValues {
  const errors = [
    ...(isTimeZone(values.time_zone)
      ? []
      : [{ field: '/time_zone', code: 'time_zone', message: 'Use a name of the IANA time zone database.' }]),
    ...(['address', 'opening_hours'] as const)
      .filter((field) => JSON.stringify(values[field]).length > JSON_MAX)
      .map((field) => ({ field: `/${field}`, code: 'too_large', message: `At most ${JSON_MAX} characters.` })),
  ];
  if (errors.length) throw invalid(errors);
  return values;
}

const AUDITED = ['code', 'name', 'kind', 'status', 'is_default', 'time_zone', 'currency', 'opening_hours', 'address', 'phone'] as const;

/** The event carries none of these values but code, name and status. */
const changesOf = (before: StoreRow, after: StoreRow): AuditChange[] =>
  AUDITED.flatMap((field) =>
    JSON.stringify(before[field]) === JSON.stringify(after[field]) ? [] : [{ field, from: before[field], to: after[field] }],
  );

function storeOut({ row_version, created_at, updated_at, ...row }: StoreRow): StoreOut {
  return { ...row, row_version: Number(row_version), created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}
