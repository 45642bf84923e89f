import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import type { ListRequest, Page } from '#platform/http/index.js';
import { Queues } from '#platform/queue/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { priceListScope } from './billing-scope.js';
import { planRollOut } from './entitlements.jobs.js';
import { checkedTerms, type GivenTerms } from './plan-terms.js';
import { rollOutRows } from './plan-roll-out.repository.js';
import type { PlanOut } from './plans.dto.js';
import { planRows, type PlanPosition, type PlanRow, type PlatformPlanRow } from './plans.repository.js';

export type NewPlan = GivenTerms & Pick<PlanRow, 'plan_code' | 'name' | 'is_active'>;
/** Limits that are not named stay; everything else that is named is replaced. */
export type PlanChange = Partial<Omit<NewPlan, 'plan_code' | 'is_addon'>>;

/** The price list: anybody reads what is sold, staff write it. What a plan gives follows into every tenant that has it, by a job. */
@Injectable()
export class Plans {
  constructor(
    private readonly db: PlatformDb,
    private readonly queues: Queues,
    private readonly audit: AuditService,
  ) {}

  async priceList(list: ListRequest): Promise<Page<PlanOut>> {
    const rows = await this.db.run(priceListScope, (tx) => planRows.sold(tx, positionOf(list), list.take));
    const page = list.page(rows, keyOf);
    return { ...page, data: page.data.map(planOut) };
  }

  /** All of them, what is no longer sold too. */
  async list(scope: PlatformScope, list: ListRequest): Promise<Page<PlatformPlanRow>> {
    const rows = await this.db.run(scope, (tx) => planRows.list(tx, positionOf(list), list.take));
    return list.page(rows, keyOf);
  }

  /** @throws Problem not_found */
  get(scope: PlatformScope, plan_code: string): Promise<PlatformPlanRow> {
    return this.db.run(scope, (tx) => this.found(tx, plan_code));
  }

  /** @throws Problem validation_failed, unknown_module, invalid_state (the code is taken) */
  async create(scope: PlatformScope, input: NewPlan): Promise<PlatformPlanRow> {
    const plan = checkedTerms(input);
    return this.db.run(scope, async (tx) => {
      if (!(await planRows.insert(tx, plan))) throw fail('invalid_state', { detail: 'A plan with that code exists.' });
      const changes = FIELDS.map((field) => ({ field, to: plan[field] }));
      await this.audit.record(tx, 'plan.created', { targets: [{ type: 'plan', id: plan.plan_code, label: plan.name }], changes });
      return this.found(tx, plan.plan_code);
    });
  }

  /**
   * @param version of `If-Match`, null when none was sent
   * @throws Problem not_found, precondition_failed, plan_in_use (what somebody has is not taken off the list), unknown_module
   */
  async update(scope: PlatformScope, plan_code: string, patch: PlanChange, version: number | null): Promise<PlatformPlanRow> {
    return this.db.run(scope, async (tx) => {
      if (!(await planRows.lock(tx, plan_code))) throw fail('not_found');
      const before = await this.found(tx, plan_code);
      const row_version = Number(before.row_version);
      if (version !== null && version !== row_version) throw fail('precondition_failed', { row_version });
      const { is_active, subscription_count } = before;
      if (is_active && patch.is_active === false && subscription_count > 0)
        throw fail('plan_in_use', { subscriptions: subscription_count });
      const after = checkedTerms({ ...before, ...patch, limits: { ...before.limits, ...patch.limits } });
      const changes = changesOf(before, after);
      if (changes.length) await this.write(tx, after, changes);
      return this.found(tx, plan_code);
    });
  }

  private async write(tx: Tx, plan: PlanRow, changes: readonly AuditChange[]): Promise<void> {
    const { plan_code, name } = plan;
    await planRows.update(tx, plan);
    const touches = (...fields: readonly string[]): boolean => changes.some(({ field }) => fields.includes(field));
    if (touches('prices')) await planRows.setPrices(tx, plan_code, plan.prices);
    await this.audit.record(tx, 'plan.updated', { targets: [{ type: 'plan', id: plan_code, label: name }], changes: [...changes] });
    if (!touches('modules', 'limits', 'trial_limits')) return;
    const plan_roll_out_id = newId();
    await rollOutRows.insert(tx, { plan_roll_out_id, plan_code, request_id: tx.scope.request_id });
    this.queues.arm(tx, planRollOut, { plan_roll_out_id });
  }

  private async found(tx: Tx, plan_code: string): Promise<PlatformPlanRow> {
    const plan = await planRows.find(tx, plan_code);
    if (!plan) throw fail('not_found');
    return plan;
  }
}

const keyOf = ({ is_addon, plan_code }: PlanPosition) => [String(is_addon), plan_code];

function positionOf({ after }: ListRequest): PlanPosition | null {
  const [is_addon, plan_code] = after ?? [];
  return typeof plan_code === 'string' ? { is_addon: is_addon === 'true', plan_code } : null;
}

const FIELDS = ['name', 'is_active', 'modules', 'limits', 'trial_days', 'trial_limits', 'prices'] as const;

const changesOf = (before: PlanRow, after: PlanRow): AuditChange[] =>
  FIELDS.flatMap((field) =>
    comparable(before[field]) === comparable(after[field]) ? [] : [{ field, from: before[field], to: after[field] }],
  );

/** jsonb comes back in an order of keys of its own, prices in that of the list. */
function comparable(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map((item) => comparable(item)).sort());
  if (value !== null && typeof value === 'object') return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(value);
}

export function planOut({ plan_code, name, is_addon, modules, limits, trial_days, prices }: PlanRow): PlanOut {
  return { plan_code, name, is_addon, modules: [...modules], limits, trial_days, prices: prices.map((price) => ({ ...price })) };
}
