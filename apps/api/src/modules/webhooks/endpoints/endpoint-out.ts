import type { AuditChange } from '../../audit/index.js';
import type { EndpointOut } from './endpoints.dto.js';
import type { EndpointRow } from './endpoints.repository.js';

/** An endpoint as its tenant sees it: no secret, no value of a header. */
export function endpointOut(row: EndpointRow): EndpointOut {
  return {
    webhook_id: row.webhook_id,
    name: row.name,
    url: row.url,
    events: [...row.events],
    granted_requires: [...row.granted_requires],
    header_names: [...row.header_names],
    status: row.status,
    disabled_reason: row.disabled_reason,
    retry_count: row.retry_count,
    timeout_ms: row.timeout_ms,
    last_success_at: row.last_success_at?.toISOString() ?? null,
    last_failure_at: row.last_failure_at?.toISOString() ?? null,
    failure_count: row.failure_count,
    failing_since: row.failing_since?.toISOString() ?? null,
    secret_versions: row.secret_versions.map(({ expires_at, ...version }) => ({
      ...version,
      expires_at: expires_at === null ? null : new Date(expires_at).toISOString(),
    })),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    row_version: Number(row.row_version),
  };
}

const AUDITED = ['name', 'url', 'events', 'header_names', 'retry_count', 'timeout_ms'] as const;
type Audited = Pick<EndpointRow, (typeof AUDITED)[number]>;

/** What of an endpoint the log names. @param before null: it is new */
export const changesOf = (before: Audited | null, after: Audited): AuditChange[] =>
  AUDITED.flatMap((field) => {
    if (before === null) return [{ field, to: after[field] }];
    return JSON.stringify(before[field]) === JSON.stringify(after[field]) ? [] : [{ field, from: before[field], to: after[field] }];
  });

export const targetOf = ({ webhook_id, name }: Pick<EndpointRow, 'webhook_id' | 'name'>) => ({
  type: 'webhook',
  id: webhook_id,
  label: name,
});
