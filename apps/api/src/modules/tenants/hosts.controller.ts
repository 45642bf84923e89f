import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, In, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { HOST_LIST, HostIn, HostOut } from './hosts.dto.js';
import { TenantHosts } from './hosts.service.js';

@Controller('tenant/hosts')
export class HostsController {
  constructor(private readonly hosts: TenantHosts) {}

  @Get()
  @Requires('tenants:admin')
  @Answers(200, [HostOut])
  list(@Scope() scope: TenantScope, @Search(HOST_LIST) list: ListOfQuery<typeof HOST_LIST>) {
    return this.hosts.list(scope, list);
  }

  @Post()
  @Requires('tenants:admin')
  @Audited('host.added')
  @Answers(201, HostOut, 'limit_reached')
  add(@Scope() scope: TenantScope, @In() body: HostIn) {
    return this.hosts.add(scope, body.host);
  }

  @Post(':host/verify')
  @Requires('tenants:admin')
  @Audited('host.verified')
  @Answers(200, HostOut, 'host_not_verified', 'host_taken')
  verify(@Scope() scope: TenantScope, @Param('host') host: string) {
    return this.hosts.verify(scope, host);
  }

  @Post(':host/primary')
  @Requires('tenants:admin')
  @Audited('host.primary_changed')
  @Answers(200, HostOut, 'host_not_verified')
  makePrimary(@Scope() scope: TenantScope, @Param('host') host: string) {
    return this.hosts.makePrimary(scope, host);
  }

  @Delete(':host')
  @Requires('tenants:admin')
  @Audited('host.removed')
  @Answers(204, null, 'invalid_state')
  remove(@Scope() scope: TenantScope, @Param('host') host: string) {
    return this.hosts.remove(scope, host);
  }
}
