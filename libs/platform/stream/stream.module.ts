import { Global, Module } from '@nestjs/common';
import { Notifications } from './notifications.js';
import { RightsFeed } from './rights-feed.js';
import { StreamController } from './stream.controller.js';
import { StreamHub } from './stream-hub.js';
import { StreamTopics } from './stream-topics.js';

/** It needs WorkObserver, NotificationSettings, Authorizer and StaffAuthenticator from global modules, and `Notifications.start()`. */
@Global()
@Module({
  controllers: [StreamController],
  providers: [Notifications, StreamHub, StreamTopics, RightsFeed],
  exports: [Notifications, StreamHub, StreamTopics, RightsFeed],
})
export class StreamModule {}
