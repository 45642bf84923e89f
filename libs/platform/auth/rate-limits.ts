import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import { Config } from '../config/index.js';
import { Limiter, parseLimit, type Budgets, type Standing } from '../limits/index.js';
import { Metrics } from '../metrics/index.js';
import { RequestBudgets, type LimitedRoute } from './request-budgets.js';
import type { AuthzContext, StaffMember, VerifiedCredential } from './types.js';

/** What is drawn for one request: from whom, and on which answer it is told. */
export interface LimitedRequest {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly route: LimitedRoute;
}

interface Known {
  readonly per_minute: number | null;
  readonly per_day: number | null;
  readonly budgets: Budgets;
}
const CALLERS_REMEMBERED = 10_000;

/** The limits of a request: draws from the budgets of its caller, says on the answer how much is left, and refuses. Once a request. */
@Injectable()
export class RateLimits {
  private readonly budgets: RequestBudgets;
  /** Budgets of callers of tenants, so that one who is at the limit is refused before the database is asked anything. */
  private readonly callers = new Map<string, Known>();

  constructor(
    @Inject(Config) config: Config,
    private readonly limiter: Limiter,
    private readonly metrics: Metrics,
  ) {
    this.budgets = new RequestBudgets(config.rate_limit_api ? parseLimit(config.rate_limit_api) : null);
  }

  /** @throws Problem rate_limited */
  async anonymous(limited: LimitedRequest): Promise<void> {
    return this.draw(limited, this.budgets.anonymous(limited.route, limited.request.ip));
  }

  /** Refuses a caller who is known to be at the limit; draws nothing, because nobody has said yet that they may come in. @throws Problem rate_limited */
  precheck(limited: LimitedRequest, credential: VerifiedCredential): void {
    const known = this.callers.get(nameOf(credential));
    const refusal = known && this.limiter.refusal(known.budgets);
    if (refusal) this.tell(limited, refusal);
  }

  /** @throws Problem rate_limited */
  async tenant(limited: LimitedRequest, credential: VerifiedCredential, authz: AuthzContext): Promise<void> {
    const { budgets } = this.caller(credential, authz);
    return this.draw(limited, this.budgets.withRoute(budgets, limited.route, authz.principal.principal_id));
  }

  /** What a request has read while it ran: the next one of this caller is judged by that. */
  learn(credential: VerifiedCredential, authz: AuthzContext): void {
    this.caller(credential, authz);
  }

  /** @throws Problem rate_limited */
  async staff(limited: LimitedRequest, { platform_user_id }: StaffMember): Promise<void> {
    return this.draw(limited, this.budgets.withRoute(this.budgets.staff(platform_user_id), limited.route, platform_user_id));
  }

  /** @throws Problem rate_limited */
  async machine(limited: LimitedRequest, key: 'cron_key' | 'ops_key'): Promise<void> {
    return this.draw(limited, this.budgets.withRoute(this.budgets.machine(key), limited.route, key));
  }

  private async draw(limited: LimitedRequest, budgets: Budgets): Promise<void> {
    limited.request.limits_drawn = true;
    const standing = this.limiter.take(budgets);
    this.tell(limited, standing instanceof Promise ? await standing : standing);
  }

  private tell({ request, reply }: LimitedRequest, standing: Standing): void {
    void reply.headers(headersOf(standing));
    if (standing.allowed) return;
    request.limits_drawn = true;
    this.metrics.rateLimited(standing.scope);
    throw fail('rate_limited', { scope: standing.scope, retry_after: Math.max(1, Math.ceil(standing.wait_ms / 1000)) });
  }

  private caller(credential: VerifiedCredential, { tenant_id, principal, requests }: AuthzContext): Known {
    const name = nameOf(credential);
    const known = this.callers.get(name);
    if (known && known.per_minute === requests.per_minute && known.per_day === requests.per_day) return known;
    const made = { ...requests, budgets: this.budgets.tenant(tenant_id, principal.principal_id, requests) };
    this.callers.delete(name);
    if (this.callers.size >= CALLERS_REMEMBERED) this.callers.delete(this.callers.keys().next().value as string);
    this.callers.set(name, made);
    return made;
  }
}

/** Both spellings: the standard's and the one that clients have known for longer. Reset in seconds from now. */
function headersOf({ limit, remaining, reset_ms }: Standing): Record<string, string> {
  const [most, left, reset] = [String(limit.count), String(remaining), String(Math.ceil(reset_ms / 1000))];
  return {
    'ratelimit-limit': most,
    'ratelimit-remaining': left,
    'ratelimit-reset': reset,
    'x-ratelimit-limit': most,
    'x-ratelimit-remaining': left,
    'x-ratelimit-reset': reset,
  };
}

const nameOf = (credential: VerifiedCredential): string =>
  credential.kind === 'user' ? `${credential.tenant_id} ${credential.user_id}` : credential.credential_hash.toString('base64');

declare module 'fastify' {
  interface FastifyRequest {
    /** The request has counted against a limit. */
    limits_drawn?: boolean;
  }
}
