import { Injectable } from '@nestjs/common';
import { fail, invalid, Problem } from '#contracts/errors.js';
import { Authorizer, type Caller } from '#platform/auth/index.js';
import type { PasswordPolicy } from '#platform/crypto/index.js';
import { PasswordRules, SignIn, TenantTokens, type UserRow } from '../identity/index.js';
import type { AcceptIn } from './invitations.dto.js';
import type { InvitationRow } from './invitations.repository.js';

export interface FoundInvitation {
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly tenant_slug: string;
  /** What it asks of passwords. */
  readonly tenant_policy: PasswordPolicy;
  readonly invitation: InvitationRow;
  /** The account of that address, if there is one. */
  readonly user: UserRow | null;
}
/** Whose account it becomes: one that exists (and perhaps its session that is open already), or a new one. */
export type Person =
  { readonly user: UserRow; readonly session_id: string | null } | { readonly display_name: string; readonly password_hash: string };

/** Who stands behind a call that accepts. All of it is asked before the transaction: hashing takes its time. */
@Injectable()
export class InvitedPerson {
  constructor(
    private readonly rules: PasswordRules,
    private readonly signIn: SignIn,
    private readonly tokens: TenantTokens,
    private readonly authorizer: Authorizer,
  ) {}

  /**
   * A new person proves the mailbox by the token and chooses a password. Somebody with an account signs in, or gives its password in the
   * same call: the token alone never signs anybody in to an account that exists.
   */
  async identify(
    caller: Caller,
    { invitation, user, tenant_name, tenant_slug, tenant_policy }: FoundInvitation,
    input: AcceptIn,
  ): Promise<Person> {
    const signedIn = await this.signedIn(caller);
    if (signedIn && signedIn.user_id !== user?.user_id) throw fail('other_account');
    if (user && signedIn) return { user, session_id: signedIn.session_id };
    if (user && input.password === undefined) throw fail('sign_in_required');
    if (user) return { user: await this.signIn.identify(caller, invitation.email, String(input.password)), session_id: null };
    if (input.password === undefined) throw invalid([{ field: '/password', code: 'required', message: 'Choose a password.' }]);
    const password_hash = await this.rules.accept(input.password, {
      email: invitation.email,
      policy: tenant_policy,
      tenant_names: [tenant_name, tenant_slug],
      field: '/password',
    });
    return { display_name: input.display_name?.trim() || (invitation.email.split('@')[0] ?? ''), password_hash };
  }

  /** Who the bearer token says this is, if its session still counts. A token that does not is as good as none. */
  private async signedIn(caller: Caller): Promise<{ user_id: string; session_id: string } | null> {
    if (caller.bearer === null) return null;
    try {
      const { sub, sid, tid = '', lim, act, exp } = await this.tokens.verify(caller.bearer);
      if (lim !== undefined || act !== undefined) return null; // half signed in, or staff who only act as this person
      const credential = {
        kind: 'user',
        user_id: sub,
        session_id: sid,
        tenant_id: tid,
        limited_to: null,
        expires_at: new Date(exp * 1000),
      } as const;
      await this.authorizer.authorize(credential, caller.facts);
      return { user_id: sub, session_id: sid };
    } catch (error) {
      if (error instanceof Problem) return null;
      throw error;
    }
  }
}
