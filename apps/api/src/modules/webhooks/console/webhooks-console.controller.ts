import { Controller, Get, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Ops, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import {
  LANE_LIST,
  LaneOut,
  ParkedPointersOut,
  RelayedAgainOut,
  StaffActOut,
  WebhookReasonIn,
  WebhooksOverviewOut,
} from './console.dto.js';
import { WebhooksConsole } from './webhooks-console.js';

@Controller('ops/webhooks')
export class WebhooksConsoleController {
  constructor(private readonly console: WebhooksConsole) {}

  @Get()
  @Ops('platform:read')
  @Answers(200, WebhooksOverviewOut)
  overview(@Scope() scope: PlatformScope) {
    return this.console.overview(scope);
  }

  @Get('lanes')
  @Ops('platform:read')
  @Answers(200, [LaneOut])
  lanes(@Scope() scope: PlatformScope, @Search(LANE_LIST) list: ListOfQuery<typeof LANE_LIST>) {
    return this.console.lanes(scope, list);
  }

  @Get('outbox/parked')
  @Ops('platform:read')
  @Answers(200, ParkedPointersOut)
  parked() {
    return this.console.parkedPointers();
  }

  @Post('outbox/:event_id/retry')
  @Ops('platform:webhooks')
  @Audited('ops.event_relayed_again')
  @Answers(200, RelayedAgainOut, 'reason_required')
  relayAgain(@Scope() scope: PlatformScope, @Id('event_id') event_id: string, @In() body: WebhookReasonIn) {
    return this.console.relayAgain(scope, event_id, body);
  }

  @Post(':webhook_id/disable')
  @Ops('platform:webhooks')
  @Audited('webhook.disabled')
  @Answers(200, StaffActOut, 'webhook_not_active', 'reason_required')
  disable(@Scope() scope: PlatformScope, @Id('webhook_id') webhook_id: string, @In() body: WebhookReasonIn) {
    return this.console.disable(scope, webhook_id, body);
  }

  @Post(':webhook_id/enable')
  @Ops('platform:webhooks')
  @Audited('webhook.enabled')
  @Answers(200, StaffActOut, 'webhook_already_active', 'reason_required')
  enable(@Scope() scope: PlatformScope, @Id('webhook_id') webhook_id: string, @In() body: WebhookReasonIn) {
    return this.console.enable(scope, webhook_id, body);
  }
}
