import { Controller, Delete, Get, Patch, Post, Put } from '@nestjs/common';
import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Authz, Id, In, OneTimeSecret, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { ETag, IfMatch, type Tag } from '../../rbac/index.js';
import {
  ENDPOINT_LIST,
  EndpointIn,
  EndpointMade,
  EndpointOut,
  EndpointPatch,
  EndpointRotated,
  EventTypesOut,
  ResumeIn,
  RotateIn,
} from './endpoints.dto.js';
import { Endpoints } from './endpoints.service.js';
import { SecretRotation } from './secret-rotation.js';

const OVERLAP_S = 86_400;
const REFUSED = ['unknown_event', 'event_not_permitted', 'destination_not_allowed', 'header_not_allowed', 'name_taken'] as const;

@Controller('webhooks')
export class WebhooksController {
  constructor(
    private readonly endpoints: Endpoints,
    private readonly rotation: SecretRotation,
  ) {}

  @Post()
  @Requires('webhooks:write')
  @OneTimeSecret()
  @Audited('webhook.created')
  @Answers(201, EndpointMade, ...REFUSED, 'limit_reached')
  create(@Scope() scope: TenantScope, @Authz() authz: AuthzContext, @In() body: EndpointIn) {
    return this.endpoints.create(scope, authz, body);
  }

  @Get()
  @Requires('webhooks:read')
  @Answers(200, [EndpointOut])
  list(@Scope() scope: TenantScope, @Search(ENDPOINT_LIST) list: ListOfQuery<typeof ENDPOINT_LIST>) {
    return this.endpoints.list(scope, list);
  }

  @Get('events')
  @Requires('webhooks:read')
  @Answers(200, EventTypesOut)
  events() {
    return { data: [...EVENT_CATALOGUE.values()], next_cursor: null };
  }

  @Get(':webhook_id')
  @Requires('webhooks:read')
  @Answers(200, EndpointOut)
  get(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @ETag() tag: Tag) {
    return tag(this.endpoints.get(scope, webhook_id));
  }

  @Patch(':webhook_id')
  @Requires('webhooks:write')
  @Audited('webhook.updated')
  @Answers(200, EndpointOut, ...REFUSED, 'precondition_failed')
  update(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @In() body: EndpointPatch,
    @IfMatch() version: number | null,
    @ETag() tag: Tag,
  ) {
    return tag(this.endpoints.update(scope, authz, webhook_id, body, version));
  }

  /** The same: fields that are left out stay. */
  @Put(':webhook_id')
  @Requires('webhooks:write')
  @Audited('webhook.updated')
  @Answers(200, EndpointOut, ...REFUSED, 'precondition_failed')
  put(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @In() body: EndpointPatch,
    @IfMatch() version: number | null,
    @ETag() tag: Tag,
  ) {
    return tag(this.endpoints.update(scope, authz, webhook_id, body, version));
  }

  @Delete(':webhook_id')
  @Requires('webhooks:delete')
  @Audited('webhook.deleted')
  @Answers(204, null)
  remove(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string) {
    return this.endpoints.remove(scope, webhook_id);
  }

  @Post(':webhook_id/pause')
  @Requires('webhooks:write')
  @Audited('webhook.paused')
  @Answers(200, EndpointOut, 'webhook_not_active')
  pause(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string) {
    return this.endpoints.pause(scope, webhook_id);
  }

  @Post(':webhook_id/resume')
  @Requires('webhooks:write')
  @Audited('webhook.resumed')
  @Answers(200, EndpointOut, 'webhook_already_active')
  resume(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @In({ optional: true }) body: ResumeIn,
  ) {
    return this.endpoints.resume(scope, authz, webhook_id, body.release_held ?? true);
  }

  @Post(':webhook_id/rotate-secret')
  @Requires('webhooks:write')
  @OneTimeSecret()
  @Audited('webhook.secret_rotated')
  @Answers(200, EndpointRotated, 'rotation_open')
  rotate(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @In({ optional: true }) body: RotateIn) {
    return this.rotation.rotate(scope, webhook_id, body.overlap_s ?? OVERLAP_S);
  }

  @Post(':webhook_id/promote-secret')
  @Requires('webhooks:write')
  @Audited('webhook.secret_promoted')
  @Answers(200, EndpointOut, 'no_rotation')
  promote(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string) {
    return this.rotation.promote(scope, webhook_id);
  }
}
