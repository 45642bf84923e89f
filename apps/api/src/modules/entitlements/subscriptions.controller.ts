import { Controller, Get, Patch, Post } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { AllowWhen, Answers, Audited, In, Requires, Scope } from '#platform/http/index.js';
import { SubscriptionIn, SubscriptionOut, SubscriptionPatch } from './subscriptions.dto.js';
import { Subscriptions } from './subscriptions.service.js';

/** Open to a tenant that is suspended too: whoever cannot pay must still be able to. */
@Controller('subscription')
export class SubscriptionsController {
  constructor(private readonly subscriptions: Subscriptions) {}

  @Get()
  @Requires('billing:read')
  @AllowWhen('restricted')
  @Answers(200, SubscriptionOut)
  get(@Scope() scope: TenantScope) {
    return this.subscriptions.get(scope);
  }

  @Post()
  @Requires('billing:write')
  @AllowWhen('restricted')
  @Audited('subscription.created')
  @Answers(201, SubscriptionOut, 'base_plan_required', 'unknown_plan', 'subscription_exists')
  create(@Scope() scope: TenantScope, @In() body: SubscriptionIn) {
    return this.subscriptions.create(scope, body);
  }

  @Patch()
  @Requires('billing:write')
  @AllowWhen('restricted')
  @Audited('subscription.updated')
  @Answers(200, SubscriptionOut, 'base_plan_required', 'unknown_plan', 'invalid_transition')
  update(@Scope() scope: TenantScope, @In() body: SubscriptionPatch) {
    return this.subscriptions.update(scope, body);
  }
}
