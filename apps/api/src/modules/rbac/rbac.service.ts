import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import { ALL_PERMISSIONS, impliedBy, isPermission, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { RbacDecisionLog } from './decision-log.js';
import { DecisionsRepository, type DecisionRow } from './decisions.repository.js';
import { explain, type ExplainInput } from './explain.js';
import { scopeOut } from './member-out.js';
import type { CatalogueOut, DECISION_LIST, DecisionOut, EXPLAIN, ExplainOut } from './rbac.dto.js';
import { PrincipalRights } from './principal-rights.js';
import { storeScopeOf } from './store-scope.js';

/** What there is to give, why somebody may or may not, and what was decided. */
@Injectable()
export class RbacService {
  constructor(
    private readonly principals: PrincipalRights,
    private readonly decisions: DecisionsRepository,
    private readonly log: RbacDecisionLog,
  ) {}

  /** Whole and without a cursor: the catalogue is of the release, not of the data. */
  catalogue(authz: AuthzContext): CatalogueOut {
    const data = ALL_PERMISSIONS.map((permission_id) => {
      const { description, module, core, scopeable, dangerous } = PERMISSIONS[permission_id];
      const [resource = '', action = ''] = permission_id.split(':');
      const held = authz.held.has(permission_id);
      return {
        permission_id,
        resource,
        action,
        description,
        module_code: module,
        is_core: core,
        scopeable,
        dangerous,
        implies: impliedBy(permission_id),
        held,
      };
    });
    return { data };
  }

  /** About oneself and one's own keys always, about others with `users:read`. @throws Problem unknown_permission, not_found */
  async explain(scope: TenantScope, authz: AuthzContext, { filters }: ListOfQuery<typeof EXPLAIN>): Promise<ExplainOut> {
    const { permission, store_id = null, api_key_id, user_id } = filters;
    if (permission === undefined) throw invalid([{ field: '/query/permission', code: 'required', message: 'Name the permission.' }]);
    if (!isPermission(permission)) throw fail('unknown_permission', { permissions: [permission] });
    if (api_key_id !== undefined && user_id !== undefined)
      throw invalid([{ field: '/query/user_id', code: 'exclusive', message: 'Ask about a person or about a key.' }]);
    const answer =
      api_key_id === undefined
        ? explain(await this.aboutPerson(scope, authz, user_id ?? authz.principal.user_id), permission, store_id)
        : await this.explainKey(scope, authz, api_key_id, permission, store_id);
    return {
      allowed: answer.allowed,
      granted_by: answer.granted_by.map(({ role_id, code, role_assignment_id, all_stores, stores }) => ({
        role_id,
        role: code,
        role_assignment_id,
        store_scope: scopeOut(storeScopeOf(all_stores, stores)),
      })),
      removed_by: answer.removed_by.map(({ mask, detail }) => ({ mask, detail })),
    };
  }

  private async aboutPerson(scope: TenantScope, authz: AuthzContext, user_id: string): Promise<ExplainInput> {
    const isOneself = user_id === authz.principal.user_id;
    if (!isOneself) mustReadUsers(authz);
    const reading = await this.principals.ofMember(scope, user_id);
    if (!reading || reading.row.member_status === 'removed') throw fail('not_found');
    const { row, rights } = reading;
    // About oneself with all masks: a key or support access may less than its person.
    const { effective, removed } = isOneself ? authz : rights;
    const { member_status, user_active } = row;
    return { assignments: rights.assignments, effective, removed, member_status, user_active };
  }

  private async explainKey(scope: TenantScope, authz: AuthzContext, api_key_id: string, permission: Permission, store_id: string | null) {
    const reading = await this.principals.ofKey(scope, api_key_id);
    if (reading?.row.owner_user_id !== authz.principal.user_id) mustReadUsers(authz);
    if (!reading) throw fail('not_found');
    const { row, rights, own, active } = reading;
    const { member_status, user_active } = row;
    const answer = explain({ assignments: rights.assignments, ...own, member_status, user_active }, permission, store_id);
    if (active || answer.removed_by.some(({ mask }) => mask === 'user' || mask === 'membership')) return answer;
    const over = { mask: 'api_key', detail: row.key_active ? 'expired' : 'revoked' };
    return { ...answer, allowed: false, removed_by: [over, ...answer.removed_by] };
  }

  async listDecisions(scope: TenantScope, list: ListOfQuery<typeof DECISION_LIST>): Promise<Page<DecisionOut>> {
    const { group_by, ...filters } = list.filters;
    // What this process still holds is written first, so that whoever was just refused finds it.
    await this.log.flush();
    if (group_by) return { data: await this.decisions.counts(scope, filters), next_cursor: null };
    const page = list.page(await this.decisions.list(scope, filters, list.after, list.take), (row) => [
      row.created_at.toISOString(),
      row.rbac_audit_id,
    ]);
    return { ...page, data: page.data.map(decisionOut) };
  }
}

const decisionOut = ({ created_at, ...row }: DecisionRow): DecisionOut => ({ ...row, created_at: created_at.toISOString() });

function mustReadUsers({ effective }: AuthzContext): void {
  if (!effective.has('users:read')) throw fail('permission_denied', { permission: 'users:read' });
}
