import { Controller, Post } from '@nestjs/common';
import { FromCaller, type Caller } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, In, Public, Scope, SignedIn } from '#platform/http/index.js';
import { EmailAddress } from './email-address.js';
import { EmailChangeIn, EmailVerifyIn } from './identity.dto.js';

/** Moving an account to another address, and proving one. */
@Controller('auth/email')
export class EmailController {
  constructor(private readonly address: EmailAddress) {}

  @Post('change')
  @SignedIn()
  @Audited('auth.email_change_requested')
  @Answers(202, null, 'invalid_credentials', 'too_many_attempts', 'busy')
  change(@Scope() scope: TenantScope, @FromCaller() caller: Caller, @In() body: EmailChangeIn) {
    return this.address.change(scope, caller, body);
  }

  @Post('verify')
  @Public()
  @Audited('auth.email_changed')
  @Answers(204, null, 'not_found', 'email_link_used', 'email_link_expired', 'email_taken', 'too_many_attempts')
  verify(@FromCaller() caller: Caller, @In() body: EmailVerifyIn) {
    return this.address.verify(caller, body.token);
  }
}
