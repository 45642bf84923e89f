import { Injectable } from '@nestjs/common';
import { newId } from '#platform/crypto/index.js';
import { PlatformDb, sql, TenantDb, type TenantScope } from '#platform/db/index.js';
import type { SortKey } from '#platform/http/index.js';
import { platformScope } from '#platform/queue/index.js';
import type { WaitingDecision } from './decision-buffer.js';

/** Rows of many tenants in one statement: a flood of denials costs one round trip for 100 of them. */
const INSERT = sql`
  insert into rbac_audit_log (tenant_id, created_at, rbac_audit_id, user_id, api_key_id, permission, resource, action, result, reason, method, route, ip, user_agent, request_id, occurrences)
  select tenant_id, created_at, rbac_audit_id, user_id, api_key_id, permission, split_part(permission, ':', 1), split_part(permission, ':', 2),
         result, reason, method, route, ip, user_agent, request_id, occurrences
    from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::inet[], $12::text[], $13::text[], $14::int[])
      as d (tenant_id, created_at, rbac_audit_id, user_id, api_key_id, permission, result, reason, method, route, ip, user_agent, request_id, occurrences)`;
const LIST = sql`
  select rbac_audit_id, created_at, user_id, api_key_id, permission, resource, action, result, reason, method, route, host(ip) as ip, user_agent, request_id, occurrences
    from rbac_audit_log
   where tenant_id = $1
     and ($2::text is null or result = $2)
     and ($3::uuid is null or user_id = $3)
     and ($4::text is null or permission = $4)
     and ($5::timestamptz is null or created_at >= $5)
     and ($6::timestamptz is null or created_at < $6)
     and ($7::timestamptz is null or (created_at, rbac_audit_id) < ($7, $8::uuid))
   order by created_at desc, rbac_audit_id desc
   limit $9`;
const COUNTS = sql`
  select resource, permission, action, result, sum(occurrences)::int as occurrences
    from rbac_audit_log
   where tenant_id = $1
     and ($2::text is null or result = $2)
     and ($3::uuid is null or user_id = $3)
     and ($4::text is null or permission = $4)
     and ($5::timestamptz is null or created_at >= $5)
     and ($6::timestamptz is null or created_at < $6)
   group by resource, permission, action, result
   order by occurrences desc, permission, result
   limit 100`;

export interface DecisionRow {
  readonly rbac_audit_id: string;
  readonly created_at: Date;
  readonly user_id: string | null;
  readonly api_key_id: string | null;
  readonly permission: string;
  readonly resource: string;
  readonly action: string;
  readonly result: string;
  readonly reason: string | null;
  readonly method: string | null;
  readonly route: string | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
  readonly occurrences: number;
}
export type DecisionCount = Pick<DecisionRow, 'resource' | 'permission' | 'action' | 'result' | 'occurrences'>;
export interface DecisionFilters {
  readonly result?: string;
  readonly user_id?: string;
  readonly permission?: string;
  readonly from?: Date;
  readonly to?: Date;
}

@Injectable()
export class DecisionsRepository {
  constructor(
    private readonly platform: PlatformDb,
    private readonly db: TenantDb,
  ) {}

  async insert(rows: readonly WaitingDecision[]): Promise<void> {
    const column = <T>(pick: (row: WaitingDecision) => T): T[] => rows.map(pick);
    await this.platform.query(platformScope('rbac.decisions'), INSERT, [
      column((row) => row.decision.scope.tenant_id),
      column((row) => row.at),
      column(() => newId()),
      column((row) => row.decision.scope.user_id),
      column((row) => row.decision.scope.api_key_id),
      column((row) => row.decision.permission),
      column((row) => row.decision.result),
      column((row) => row.decision.reason),
      column((row) => row.decision.request.method),
      column((row) => row.decision.request.route),
      column((row) => row.decision.request.ip),
      column((row) => row.decision.request.user_agent),
      column((row) => row.decision.request.request_id),
      column((row) => row.occurrences),
    ]);
  }

  list(scope: TenantScope, filters: DecisionFilters, after: SortKey | null, take: number): Promise<DecisionRow[]> {
    return this.db.query<DecisionRow>(scope, LIST, [scope.tenant_id, ...paramsOf(filters), after?.[0] ?? null, after?.[1] ?? null, take]);
  }

  counts(scope: TenantScope, filters: DecisionFilters): Promise<DecisionCount[]> {
    return this.db.query<DecisionCount>(scope, COUNTS, [scope.tenant_id, ...paramsOf(filters)]);
  }
}

const paramsOf = ({ result, user_id, permission, from, to }: DecisionFilters) => [
  result ?? null,
  user_id ?? null,
  permission ?? null,
  from ?? null,
  to ?? null,
];
