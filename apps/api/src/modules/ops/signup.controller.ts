import { Controller, Get, Injectable, Param, Post, UseGuards, type CanActivate } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { FromCaller, type Caller } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Answers, Audited, In, Public } from '#platform/http/index.js';
import { SignupIn, SignupOut, SignupStatusOut } from './signup.dto.js';
import { Signup } from './signup.service.js';

/** Before the body is looked at: where nobody may sign up, the routes do not seem to exist. */
@Injectable()
export class SignupIsOpen implements CanActivate {
  constructor(private readonly config: Config) {}

  canActivate(): boolean {
    if (this.config.signup !== 'open') throw fail('not_found');
    return true;
  }
}

/** Anybody makes a tenant of their own. */
@Controller('signup')
@UseGuards(SignupIsOpen)
export class SignupController {
  constructor(private readonly signup: Signup) {}

  @Post()
  @Public()
  @Audited('tenant.created')
  @Answers(202, SignupOut, 'slug_invalid', 'slug_reserved', 'slug_taken', 'password_refused', 'too_many_attempts', 'busy')
  begin(@FromCaller() caller: Caller, @In() body: SignupIn) {
    return this.signup.begin(caller, body);
  }

  @Get('status/:token')
  @Public()
  @Answers(200, SignupStatusOut)
  status(@FromCaller() caller: Caller, @Param('token') token: string) {
    return this.signup.status(caller, token);
  }
}
