import type { ProvisioningStep, StepContext } from '#platform/modules/index.js';
import type { Tx } from '#platform/db/index.js';
import { Users, type UserRow } from '../identity/index.js';
import { ALL_STORES, Members, Roles } from '../rbac/index.js';
import { Invitations } from './invitations.service.js';

/**
 * Who the new tenant belongs to: somebody with an account of a proved address becomes a member with the top role at once, anybody else is invited to it, and
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
    const user = await accountOf(tx, services.get(Users), owner);
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

interface Owner {
  readonly email: string;
  /** Left out: the account of that address. null: none, whatever there is. */
  readonly user_id?: string | null;
}

/**
 * Somebody who signed up owns the account that was made for it and no other; of an address that staff have named the account counts if its
 * mailbox was proved. Otherwise whoever opened an account with somebody else's address would get that person's tenant.
 */
async function accountOf(tx: Tx, users: Users, { email, user_id }: Owner): Promise<UserRow | null> {
  if (user_id === null) return null;
  if (user_id !== undefined) return users.get(tx, user_id);
  const user = await users.find(tx, email);
  return user?.email_verified_at ? user : null;
}

/** The job's input was validated when it was taken. */
function ownerOf(value: unknown): Owner | null {
  if (typeof value !== 'object' || value === null || !('email' in value)) return null;
  const { email, user_id } = value as Readonly<Record<string, unknown>>;
  if (typeof email !== 'string' || email === '') return null;
  return { email, ...(typeof user_id === 'string' || user_id === null ? { user_id } : {}) };
}
