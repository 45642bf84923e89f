import { Injectable } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';
import { PasswordCheck, type AuthzContext, type RequestFacts } from '#platform/auth/index.js';
import { PlatformDb, type TenantScope } from '#platform/db/index.js';
import { actingScope } from './acting-scope.js';
import { TenantLifecycle } from './lifecycle.js';
import type { ClosingIn, ClosingOut } from './tenants.dto.js';

/** An owner closes the tenant, or takes it back: the slug typed, the password once more. */
@Injectable()
export class TenantClosing {
  constructor(
    private readonly db: PlatformDb,
    private readonly lifecycle: TenantLifecycle,
    private readonly passwords: PasswordCheck,
  ) {}

  async archive(scope: TenantScope, authz: AuthzContext, facts: RequestFacts, input: ClosingIn): Promise<ClosingOut> {
    await this.mustMean(scope, authz, facts, input);
    return this.db.inTenant(actingScope(scope), scope.tenant_id, async (tx) => {
      const delete_after = await this.lifecycle.archive(tx, scope.tenant_id, null);
      return { tenant_id: scope.tenant_id, status: 'archived', delete_after: delete_after.toISOString() };
    });
  }

  async restore(scope: TenantScope, authz: AuthzContext, facts: RequestFacts, input: ClosingIn): Promise<ClosingOut> {
    await this.mustMean(scope, authz, facts, input);
    return this.db.inTenant(actingScope(scope), scope.tenant_id, async (tx) => {
      await this.lifecycle.restore(tx, scope.tenant_id, null);
      return { tenant_id: scope.tenant_id, status: 'active', delete_after: null };
    });
  }

  /** The cheap check first: a wrong slug costs no try at the password. */
  private async mustMean(
    scope: TenantScope,
    { tenant_slug }: AuthzContext,
    facts: RequestFacts,
    { slug, password }: ClosingIn,
  ): Promise<void> {
    if (slug.trim().toLowerCase() !== tenant_slug)
      throw invalid([{ field: '/slug', code: 'confirm', message: 'Type the slug of this tenant.' }]);
    await this.passwords.mustKnow(scope, facts, password);
  }
}
