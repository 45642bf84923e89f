import { Injectable } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope, type TxInTenant } from '#platform/db/index.js';
import { statedReason } from '../audit/index.js';
import { Purges } from '../provisioning/index.js';
import { TenantLifecycle, Tenants } from '../tenants/index.js';
import { Approvals } from './approvals.js';
import type { AffectedOut, ApprovalOut, LegalHoldIn, PurgeIn, TenantActOut } from './approvals.dto.js';

/** So many names a dry run gives. */
const SAMPLE = 10;

/** What one member of the staff asks for and another one does. What could not be done is refused to the first already. */
@Injectable()
export class ActsOfTwo {
  constructor(
    private readonly db: PlatformDb,
    private readonly tenants: Tenants,
    private readonly lifecycle: TenantLifecycle,
    private readonly purges: Purges,
    private readonly approvals: Approvals,
  ) {}

  /** An archived tenant goes for good, before its date. @throws Problem invalid_transition, job_running, same_person, reason_required */
  purge(scope: PlatformScope, tenant_id: string, { confirm, reason, dry_run }: PurgeIn): Promise<TenantActOut> {
    const stated = statedReason(reason);
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
      const { slug } = await this.tenants.locked(tx, tenant_id);
      if (confirm.trim().toLowerCase() !== slug)
        throw invalid([{ field: '/confirm', code: 'confirm', message: 'Type the slug of the tenant.' }]);
      await this.lifecycle.mustBePurgeable(tx, tenant_id);
      if (dry_run) return wouldChange(tx, await this.purges.preview(tx, tenant_id));
      const approval = await this.approvals.ask(tx, 'tenant.purge', stated);
      return approval ? pending(tx, approval) : done(tx, await this.purges.start(tx, tenant_id, stated));
    });
  }

  /** A hold is laid by one and lifted by two. @throws Problem invalid_transition, same_person, reason_required */
  legalHold(scope: PlatformScope, tenant_id: string, { legal_hold, reason, dry_run }: LegalHoldIn): Promise<TenantActOut> {
    const stated = statedReason(reason);
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
      const before = await this.tenants.locked(tx, tenant_id);
      const isChange = before.legal_hold !== legal_hold;
      if (dry_run) return wouldChange(tx, isChange ? [{ name: before.slug, count: 1 }] : []);
      const approval = isChange && !legal_hold ? await this.approvals.ask(tx, 'tenant.legal_hold_off', stated) : null;
      if (approval) return pending(tx, approval);
      await this.lifecycle.setLegalHold(tx, tenant_id, legal_hold, stated);
      return done(tx, null);
    });
  }
}

const NOTHING = { provisioning_job_id: null, approval: null, affected: null, sample: [] };
const done = ({ tenant_id }: TxInTenant, provisioning_job_id: string | null): TenantActOut => ({
  ...NOTHING,
  status: 'done',
  tenant_id,
  provisioning_job_id,
});
const pending = ({ tenant_id }: TxInTenant, approval: ApprovalOut): TenantActOut => ({
  ...NOTHING,
  status: 'approval_pending',
  tenant_id,
  approval,
});
const wouldChange = ({ tenant_id }: TxInTenant, all: readonly AffectedOut[]): TenantActOut => ({
  ...NOTHING,
  status: 'dry_run',
  tenant_id,
  affected: all.reduce((n, { count }) => n + count, 0),
  sample: [...all].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)).slice(0, SAMPLE),
});
