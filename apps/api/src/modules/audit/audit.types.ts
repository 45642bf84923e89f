/** A row of audit_events with its personal values, as the list reads it. */
export interface AuditRecord {
  readonly tenant_id: string;
  readonly audit_event_id: string;
  readonly occurred_at: Date;
  readonly action: string;
  readonly severity: string;
  readonly outcome: string;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly request_id: string;
  readonly store_id: string | null;
  readonly targets: readonly { readonly type: string; readonly id: string }[];
  readonly canonical: string;
  readonly personal: Readonly<Record<string, string>> | null;
}

export interface AuditFilters {
  readonly from?: Date;
  readonly to?: Date;
  readonly actor_id?: string;
  readonly action?: string;
  readonly target_type?: string;
  readonly target_id?: string;
  readonly outcome?: string;
  readonly severity?: string;
  readonly request_id?: string;
}
