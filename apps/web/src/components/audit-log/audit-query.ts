import type { paths } from '../../lib/types';

export const SPANS_MS: Readonly<Record<string, number>> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
};
type AuditQuery = NonNullable<paths['/api/v1/ops/audit-logs']['get']['parameters']['query']>;
/** Search parameters of the audit screens; `since` is relative. */
export type AuditSearch = Readonly<
  Pick<AuditQuery, 'outcome' | 'severity' | 'tenant_id' | 'cursor'> & { action?: string; actor?: string; since?: string }
>;

/** Search parameters of the screen → parameters of the API. `since` is turned into an instant at the time of asking. */
export function auditQuery(search: AuditSearch, limit: number | undefined, now: number): AuditQuery {
  const span = search.since === undefined ? undefined : SPANS_MS[search.since];
  const action = search.action?.trim();
  return {
    // A bare word means the family: `member` → `member.*`.
    action: action === undefined || action === '' ? undefined : /[.*]/.test(action) ? action : `${action}.*`,
    actor_id: search.actor,
    outcome: search.outcome,
    severity: search.severity,
    tenant_id: search.tenant_id,
    from: span === undefined ? undefined : new Date(now - span).toISOString(),
    cursor: search.cursor,
    limit,
  };
}
