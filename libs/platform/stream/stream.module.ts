import { Global, Module } from '@nestjs/common';
import { Notifications } from './notifications.js';
import { RightsFeed } from './rights-feed.js';
import { StreamAudience } from './stream-audience.js';
import { StreamController } from './stream.controller.js';
import { StreamHub } from './stream-hub.js';
import { StreamTopics } from './stream-topics.js';

/** It needs WorkObserver, NotificationSettings, Authorizer and StaffAuthenticator from global modules, and `Notifications.start()`. */
@Global()
@Module({
  controllers: [StreamController],
  providers: [Notifications, StreamAudience, StreamHub, StreamTopics, RightsFeed],
  exports: [Notifications, StreamAudience, StreamHub, StreamTopics, RightsFeed],
})
export class StreamModule {}
