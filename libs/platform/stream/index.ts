/** Hints to other processes (LISTEN/NOTIFY) and to browsers (server-sent events). */
export { NotificationSettings, Notifications, type Channel } from './notifications.js';
export {
  StreamHub,
  type SentMessage,
  type StreamEventName,
  type StreamListener,
  type StreamMessage,
  type StreamReader,
} from './stream-hub.js';
export { Wake } from './wake.js';
export { StreamAudience } from './stream-audience.js';
export { RightsFeed } from './rights-feed.js';
export { StreamTopics, type StreamCaller, type TopicRule } from './stream-topics.js';
export { StreamSession } from './stream-session.js';
export { StreamModule } from './stream.module.js';
