import type { ProvisioningStep, StepContext } from '#platform/modules/index.js';
import type { Tx } from '#platform/db/index.js';
import { Users } from '../identity/index.js';
import { ALL_STORES, Members, Roles } from '../rbac/index.js';
import { Invitations } from './invitations.service.js';

/**
 * Who the new tenant belongs to: somebody with an account becomes a member with the top role at once, anybody else is invited to it, and
 * a tenant that was made without an owner gets one later, from staff.
 */
export const ownerStep = {
  key: 'owner',
  // Last before the check: a mail that was sent cannot be taken back.
  after: ['roles', 'stores', 'storage'],
  timeout_ms: 10_000,
  kind: 'database',
  run: async (tx: Tx, { input, services }: StepContext) => {
    const owner = ownerOf(input['owner']);
    if (!owner) return 'skipped' as const;
    const role = await services.get(Roles).top(tx);
    const user = await services.get(Users).find(tx, owner.email);
    if (user?.status === 'active') {
      const { user_id, email, email_normalized, display_name } = user;
      await services
        .get(Members)
        .add(tx, { user_id, email, email_normalized, display_name, role_id: role.role_id, store_scope: ALL_STORES, granted_by: null });
      return { user_id };
    }
    return {
      invitation_id: await services.get(Invitations).create(tx, { email: owner.email, role, store_scope: ALL_STORES, invited_by: null }),
    };
  },
  compensate: async (tx: Tx, { services }: StepContext) => {
    await services.get(Invitations).removeAll(tx);
    await services.get(Members).removeAll(tx);
  },
} satisfies ProvisioningStep;

/** The job's input was validated when it was taken; of an owner only the address counts here. */
function ownerOf(value: unknown): { email: string } | null {
  const email = typeof value === 'object' && value !== null && 'email' in value ? value.email : null;
  return typeof email === 'string' && email !== '' ? { email } : null;
}
