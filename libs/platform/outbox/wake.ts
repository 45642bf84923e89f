import { Injectable } from '@nestjs/common';
import { Notifications, Wake } from '../stream/index.js';

/** Tells the relays that an event was committed. They poll every 500 ms anyway. */
@Injectable()
export class OutboxWake extends Wake {
  constructor(notifications: Notifications) {
    super(notifications, 'tenantry_outbox');
  }
}
