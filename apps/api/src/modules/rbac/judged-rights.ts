import { computeGrants, isLive, type AssignmentRow, type ComputedGrants } from './grants.js';
import { moduleStates, planState, type ModuleState, type PlanState } from './module-state.js';
import type { RightsRow, RightsRows } from './rights.repository.js';

/** What is read in every request and counts beside the lists. */
export type JudgedRow = Pick<
  RightsRow,
  'access' | 'plan_status' | 'plan_code' | 'plan_modules' | 'trial_ends_at' | 'grace_until' | 'plan_valid_until'
>;

/** What the rows of one person come to, at one moment. */
export interface JudgedRights extends ComputedGrants {
  /** Those that have not expired. */
  readonly assignments: readonly AssignmentRow[];
  readonly modules: ReadonlyMap<string, ModuleState>;
  /** Codes of the features that are on. */
  readonly features: readonly string[];
  readonly plan: PlanState;
  /** The tenant lets in only who has passed the second factor. */
  readonly mfa_required: boolean;
  /** The earliest moment (ms) at which time alone changes this: an assignment, a trial, a grace or an override ends. */
  readonly valid_until: number;
}

/** Pure: rows and clock in, rights out. */
export function judgeRights(row: JudgedRow, rows: RightsRows, registered: ReadonlySet<string>, now: Date): JudgedRights {
  const assignments = rows.assignments
    .map((assignment) => ({ ...assignment, expires_at: assignment.expires_at === null ? null : new Date(assignment.expires_at) }))
    .filter((assignment) => isLive(assignment, now));
  const modules = moduleStates({ modules: rows.modules, registered, entitled: new Set(row.plan_modules ?? []) });
  const { plan_status, plan_code, trial_ends_at, grace_until } = row;
  const plan = planState(plan_status && { status: plan_status, plan_code, trial_ends_at, grace_until }, now);
  const features = rows.features.filter((feature) => modules.get(feature.module_code)?.enabled).map((feature) => feature.feature_code);
  const ends = [...assignments.map((assignment) => assignment.expires_at), trial_ends_at, grace_until, row.plan_valid_until]
    .map((at) => at?.getTime() ?? Number.POSITIVE_INFINITY)
    .filter((at) => at > now.getTime());
  const grants = computeGrants({ assignments, now, modules, plan, access: row.access });
  return { assignments, modules, features, plan, mfa_required: rows.mfa_required, valid_until: Math.min(...ends), ...grants };
}
