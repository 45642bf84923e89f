import { fail, type ErrorCode, type Problem } from '#contracts/errors.js';
import { constraintName, isConnectionLost, isPolicyViolation, sqlState } from '../db/index.js';

/** Constraint name → code, filled by the modules' `errors.ts` when they are loaded. */
const constraints = new Map<string, ErrorCode>();

/** Declares which refusal the violation of a constraint means: `mapConstraints({ roles_tenant_id_code_key: 'role_name_taken' })`. */
export function mapConstraints(map: Readonly<Record<string, ErrorCode>>): void {
  for (const [name, code] of Object.entries(map)) constraints.set(name, code);
}

/** What a database error means to a client, or null when it is none that a client may cause. */
export function databaseProblem(error: unknown): Problem | null {
  const state = sqlState(error);
  switch (state) {
    case '23505':
    case '23503':
    case '23514': {
      const code = constraints.get(constraintName(error) ?? '');
      return code ? fail(code, {}, error) : null;
    }
    case 'TN001':
      return fail('last_admin', {}, error);
    case '42501': // our defect, never the client's: 500, and counted when a policy refused the row
      return fail('internal', { rls: isPolicyViolation(error) }, error);
    case '40001':
    case '40P01':
      return fail('busy', { retry_after: 1 }, error);
    case '57014':
    case '55P03':
      return fail('timeout', { retry_after: 1 }, error);
    default:
      return isConnectionLost(error) ? fail('database_unavailable', { retry_after: 1 }, error) : null;
  }
}
