import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import type { Caller } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { KeyRings, type KeyRing } from '#platform/crypto/index.js';
import { PlatformDb, type TxInTenant } from '#platform/db/index.js';
import { databaseProblem } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService } from '../audit/index.js';
import { EmailAddress, PasswordRules, Throttle, Users } from '../identity/index.js';
import { Provisioning } from '../provisioning/index.js';
import { Tenants } from '../tenants/index.js';
import { jobOfSignup, signupToken } from './signup-token.js';
import type { SignupIn, SignupOut, SignupStatusOut } from './signup.dto.js';
import { signupScope } from './staff-scope.js';
import { TenantOrders } from './tenant-orders.js';

/** The roles and modules that a tenant gets whose owner chose none. */
const TEMPLATE = 'business';

/** Anybody makes a tenant: an account if the address has none, and an order like that of staff. */
@Injectable()
export class Signup {
  private readonly ring: KeyRing;

  constructor(
    private readonly db: PlatformDb,
    private readonly throttle: Throttle,
    private readonly rules: PasswordRules,
    private readonly users: Users,
    private readonly address: EmailAddress,
    private readonly tenants: Tenants,
    private readonly orders: TenantOrders,
    private readonly provisioning: Provisioning,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly config: Config,
    rings: KeyRings,
  ) {
    this.ring = rings.ring('signup');
  }

  /**
   * The answer and its work are the same whether or not the address has an account: the password is judged and hashed, and only the mailbox
   * learns more. A new account is the owner as soon as the tenant is ready, and gets a link that proves the address. Of an account that
   * exists neither password nor membership is touched: it is invited and says yes or no, because whoever calls has not shown to be its owner.
   * @throws Problem slug_invalid, slug_reserved, slug_taken, password_refused, too_many_attempts, busy
   */
  async begin(caller: Caller, input: SignupIn): Promise<SignupOut> {
    await this.throttle.signUp(caller.facts);
    const slug = input.subdomain.trim().toLowerCase();
    this.tenants.checkSlug(slug);
    const tenant_names = [input.company, slug];
    const password_hash = await this.rules.accept(input.password, { email: input.email, tenant_names, field: '/password' });
    const order = (): Promise<string> => {
      const tenant_id = idOf<TenantId>(this.tenants.newTenantId());
      return this.db.inTenant(signupScope(caller.facts), tenant_id, async (tx) => {
        const owner = { email: input.email, name: input.display_name, user_id: await this.account(tx, input, password_hash) };
        return this.orders.place(tx, { name: input.company.trim(), slug, template_code: TEMPLATE, owner });
      });
    };
    try {
      return { status_token: signupToken(this.ring, await order()) };
    } catch (error) {
      // Somebody took the address between the look and the insert. The second time there is an account.
      if (databaseProblem(error)?.code !== 'email_taken') throw error;
      return { status_token: signupToken(this.ring, await order()) };
    }
  }

  /** Steps by their names and nothing that went wrong in words: errors are for staff. @throws Problem not_found */
  async status({ facts }: Caller, token: string): Promise<SignupStatusOut> {
    const provisioning_job_id = jobOfSignup(this.ring, token);
    if (provisioning_job_id === null) throw fail('not_found');
    const { state, tenant_slug, steps } = await this.provisioning.get(signupScope(facts), provisioning_job_id);
    const isOver = state === 'failed' || state === 'cancelled';
    return {
      state: state === 'succeeded' ? 'ready' : isOver ? 'failed' : 'working',
      slug: state === 'cancelled' ? null : tenant_slug,
      steps: steps.map((step) => ({ step_key: step.step_key, state: step.state })),
      link: state === 'succeeded' ? `${this.config.public_url.replace(/\/+$/, '')}/login` : null,
    };
  }

  /** @returns the new account; null when the address has one */
  private async account(tx: TxInTenant, { email, display_name: name }: SignupIn, password_hash: string): Promise<string | null> {
    if (await this.users.find(tx, email)) return null;
    const display_name = name.trim();
    const user = await this.users.create(tx, { email, display_name, password_hash });
    await this.address.askToVerify(tx, user);
    const { user_id } = user;
    await this.audit.record(tx, 'user.created', {
      targets: [{ type: 'user', id: user_id, label: user.email }],
      changes: [{ field: 'email', to: user.email }],
    });
    await this.outbox.emit(tx, { type: 'user.created', subject_id: user_id, data: { user_id, email: user.email, display_name } });
    return user_id;
  }
}
