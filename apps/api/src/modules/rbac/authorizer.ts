import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { Authorizer, type RequestFacts, type VerifiedCredential } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Registry } from '#platform/modules/index.js';
import { computeGrants, isLive, type AssignmentRow, type ComputedGrants } from './grants.js';
import { moduleStates, planState, type ModuleState, type PlanState } from './module-state.js';
import { readingScope } from './rbac-scopes.js';
import { RightsRepository, type RightsRow } from './rights.repository.js';
import type { Rights } from './rights.js';

/** What the rows of one person come to, at one moment. */
export interface RightsReading extends ComputedGrants {
  readonly row: RightsRow;
  readonly assignments: readonly AssignmentRow[];
  readonly modules: ReadonlyMap<string, ModuleState>;
  readonly features: readonly string[];
  readonly plan: PlanState;
}

/**
 * Stage 1 of specs/tenancy.md §3.3, always right: the rights are read in every request, by one statement in one batch, nothing is cached.
 * So a change of role, scope, membership, session, module or plan holds on the very next request on every instance.
 */
@Injectable()
export class RbacAuthorizer extends Authorizer {
  private readonly registered: ReadonlySet<string>;

  constructor(
    private readonly rights: RightsRepository,
    private readonly clock: Clock,
    registry: Registry,
  ) {
    super();
    this.registered = new Set(registry.modules.filter((module) => module.built).map((module) => module.module_code));
  }

  override async authorize(credential: VerifiedCredential, request: RequestFacts): Promise<Rights> {
    // API keys come with their module; until then a key opens nothing, whatever verified it.
    if (credential.kind !== 'user') throw fail('invalid_credentials');
    const { user_id, session_id, tenant_id } = credential;
    const scope = readingScope(tenant_id, { type: 'user', id: user_id, session_id }, request.request_id);
    const { row, email } = this.check(await this.rights.read(scope, user_id, session_id));
    const reading = this.judge(row);
    const role = reading.assignments.map((assignment) => assignment.code).join(' ');
    return {
      tenant_id: scope.tenant_id,
      tenant_slug: row.slug,
      access: row.access,
      principal: { kind: 'user', principal_id: user_id, user_id, session_id },
      actor: {
        type: 'user',
        id: user_id,
        label: email,
        role,
        auth_method: 'password',
        session_id,
        ip: request.ip,
        user_agent: request.user_agent,
      },
      tenant_version: row.tenant_version,
      principal_version: row.principal_version ?? '0',
      held: reading.held,
      effective: reading.effective,
      removed: reading.removed,
      assignments: reading.assignments,
      modules: reading.modules,
      features: reading.features,
      plan: reading.plan,
    };
  }

  /** The rights of another person of the tenant, by the same statement and the same function. null: never a member. */
  async read(scope: TenantScope, user_id: string): Promise<RightsReading | null> {
    const row = await this.rights.read(
      scope.wholeTenant('the rights of a member hold in stores that the caller may not see'),
      user_id,
      null,
    );
    return row?.member_status ? this.judge(row) : null;
  }

  /** Does the credential still count? Whoever may not know answers last: a session that ended says nothing about the tenant. */
  private check(row: RightsRow | null): { row: RightsRow; email: string } {
    if (!row) throw fail('not_found');
    const over =
      row.session_id === null || row.session_revoked_at !== null || (row.session_expires_at?.getTime() ?? 0) <= this.clock.now().getTime();
    if (over || row.user_active === false) throw fail('session_revoked');
    if (row.member_status === null || row.member_status === 'removed' || row.email === null) throw fail('not_found');
    if (row.member_status === 'suspended') throw fail('membership_suspended');
    return { row, email: row.email };
  }

  private judge(row: RightsRow): RightsReading {
    const now = this.clock.now();
    const assignments = row.assignments
      .map((assignment) => ({ ...assignment, expires_at: assignment.expires_at === null ? null : new Date(assignment.expires_at) }))
      .filter((assignment) => isLive(assignment, now));
    const modules = moduleStates({ modules: row.modules, registered: this.registered, entitled: new Set(row.plan_modules ?? []) });
    const { plan_status, plan_code, trial_ends_at, grace_until } = row;
    const plan = planState(plan_status && { status: plan_status, plan_code, trial_ends_at, grace_until }, now);
    const features = row.features.filter((feature) => modules.get(feature.module_code)?.enabled).map((feature) => feature.feature_code);
    return { row, assignments, modules, features, plan, ...computeGrants({ assignments, now, modules, plan, access: row.access }) };
  }
}
