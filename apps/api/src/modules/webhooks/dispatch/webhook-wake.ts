import { Injectable } from '@nestjs/common';
import { Notifications, Wake } from '#platform/stream/index.js';

/** Tells the dispatchers that deliveries were committed. They poll every 250 ms anyway. */
@Injectable()
export class WebhookWake extends Wake {
  constructor(notifications: Notifications) {
    super(notifications, 'tenantry_webhooks');
  }
}
