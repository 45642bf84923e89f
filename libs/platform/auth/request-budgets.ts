import type { BudgetName } from '../http/access.js';
import { countedAddress, type Budget, type Budgets, type Limit } from '../limits/index.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PER_15_MIN = (count: number): Limit => ({ count, period_ms: 15 * MINUTE });

const ANONYMOUS = PER_15_MIN(100);
/** Of a person or a key whose plan names no number. */
const SIGNED_IN = PER_15_MIN(1_000);
const STAFF: Limit = { count: 600, period_ms: MINUTE };
const MACHINE: Limit = { count: 600, period_ms: MINUTE };

/** Of public routes that many people behind one address call for good reasons, or that browsers call by themselves: in place of `ANONYMOUS`. */
const BY_ADDRESS = {
  session: PER_15_MIN(1_000),
  csp_report: { count: 20, period_ms: MINUTE },
} as const satisfies Partial<Record<BudgetName, Limit>>;

/** Beside the caller's own budget, each call counted in the shared store. */
const EXACT = {
  upload: { count: 60, period_ms: HOUR },
  export: { count: 10, period_ms: HOUR },
  webhook_test: { count: 10, period_ms: MINUTE },
  ops_mutation: { count: 60, period_ms: MINUTE },
} as const satisfies Partial<Record<BudgetName, Limit>>;

/** What the guard knows of a route. */
export interface LimitedRoute {
  readonly rate_limit: BudgetName | null;
}

/**
 * Requests that the plan of a tenant includes; null: the plan names no number. Nor does 0, which is what a tenant without a plan has: it
 * still reaches billing, settings and the export of its data.
 */
export interface PlannedRequests {
  readonly per_minute: number | null;
  readonly per_day: number | null;
}

/**
 * Whose budgets a request counts against. Pure.
 * @param all RATE_LIMIT_API: one number for every caller, in place of the defaults; what a tenant's plan includes stays as it is
 */
export class RequestBudgets {
  constructor(private readonly all: Limit | null) {}

  /** Nobody is known: by address. Also a request whose credential is refused. */
  anonymous({ rate_limit }: LimitedRoute, ip: string): Budgets {
    const who = countedAddress(ip);
    if (rate_limit === 'csp_report') return [{ scope: rate_limit, who, limit: BY_ADDRESS.csp_report }];
    if (rate_limit === 'session') return [{ scope: rate_limit, who, limit: this.all ?? BY_ADDRESS.session }];
    return [{ scope: 'anonymous', who, limit: this.all ?? ANONYMOUS }];
  }

  /** A person or a key in a tenant. All of a tenant share what its plan includes, so where the plan names a number that is the limit of each, too. */
  tenant(tenant_id: string, principal_id: string, { per_minute, per_day }: PlannedRequests): Budgets {
    const own = this.all ?? (per_minute ? null : SIGNED_IN);
    const [first, ...others]: Budget[] = [
      ...(own ? [{ scope: 'principal', who: `${tenant_id} ${principal_id}`, limit: own }] : []),
      ...(per_minute ? [{ scope: 'tenant', who: tenant_id, limit: planned(per_minute, MINUTE) }] : []),
      ...(per_day ? [{ scope: 'tenant_day', who: tenant_id, limit: planned(per_day, 24 * HOUR) }] : []),
    ];
    if (!first) throw new Error('a caller without a limit');
    return [first, ...others];
  }

  staff(platform_user_id: string): Budgets {
    return [{ scope: 'staff', who: platform_user_id, limit: this.all ?? STAFF }];
  }

  machine(key: 'cron_key' | 'ops_key'): Budgets {
    return [{ scope: 'machine', who: key, limit: this.all ?? MACHINE }];
  }

  /** With the budget of the route, for a caller who is known. */
  withRoute(budgets: Budgets, { rate_limit }: LimitedRoute, who: string): Budgets {
    if (rate_limit === null || !isExact(rate_limit)) return budgets;
    return [...budgets, { scope: rate_limit, who, limit: EXACT[rate_limit], exact: true }];
  }
}

/** More than anybody sends: a number that staff have agreed may be larger than the counters take. */
const MOST = 10_000_000;
const planned = (count: number, period_ms: number): Limit => ({ count: Math.min(count, MOST), period_ms });

const isExact = (name: BudgetName): name is keyof typeof EXACT => name in EXACT;
