import type { Provider } from '@nestjs/common';
import { Aftermath } from './aftermath.js';
import { ClaimRepository } from './claim.repository.js';
import { Completer } from './completer.js';
import { CompletionRepository } from './completion.repository.js';
import { DeliverWebhook } from './deliver-webhook.js';
import { DeliveryRequests } from './delivery-request.js';
import { DispatchTerms } from './dispatch-terms.js';
import { WebhookDispatcher } from './dispatcher.js';
import { WebhookFanOut } from './fan-out.js';
import { HealthRepository } from './health.repository.js';
import { RestOfTenants } from './rest-of-tenants.js';
import { SweepRepository } from './sweep.repository.js';
import { Sweeper } from './sweeper.js';
import { WebhookWake } from './webhook-wake.js';

export const DISPATCH_PROVIDERS: Provider[] = [
  Aftermath,
  ClaimRepository,
  Completer,
  CompletionRepository,
  DeliverWebhook,
  DeliveryRequests,
  DispatchTerms,
  HealthRepository,
  RestOfTenants,
  SweepRepository,
  Sweeper,
  WebhookDispatcher,
  WebhookFanOut,
  WebhookWake,
];
