/** States of a tenant and the moves between them. Everything else is `invalid_transition`. */
export const TENANT_STATUSES = ['provisioning', 'failed', 'active', 'suspended', 'archived', 'purging', 'deleted'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

const MOVES: Readonly<Record<TenantStatus, readonly TenantStatus[]>> = {
  provisioning: ['active', 'failed'],
  failed: ['provisioning'],
  active: ['suspended', 'archived'],
  suspended: ['active', 'archived'],
  archived: ['active', 'purging'],
  purging: ['deleted'],
  deleted: [],
};

export const mayMove = (from: TenantStatus, to: TenantStatus): boolean => MOVES[from].includes(to);
