/** Everything between a delivery and the wire: where it may go, what it carries, what the answer means. Knows no database. */
export { answerKind } from './answer.js';
export { customHeaders } from './custom-headers.js';
export { DestinationGuard } from './destination-guard.js';
export { WebhookSender } from './webhook-sender.js';
export type * from './types.js';
