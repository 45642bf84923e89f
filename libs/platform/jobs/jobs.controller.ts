import { Controller, Get } from '@nestjs/common';
import type { Permission } from '#contracts/permissions.js';
import type { AuthzContext } from '../auth/index.js';
import type { TenantScope } from '../db/index.js';
import { Answers, Authz, Id, OnBehalf, Scope, SignedIn } from '../http/index.js';
import { LongWorkOut, longWorkOut } from './jobs.dto.js';
import { LongWork } from './long-work.js';

@Controller('jobs')
export class JobsController {
  constructor(private readonly work: LongWork) {}

  /** For who asked for it and for who holds the job's permission. */
  @Get(':job_id')
  @SignedIn()
  @OnBehalf()
  @Answers(200, LongWorkOut)
  async get(@Scope() scope: TenantScope, @Authz() { principal, effective }: AuthzContext, @Id('job_id') job_id: string) {
    const may = (permission: Permission): boolean => effective.get(permission) === 'all';
    return longWorkOut(await this.work.get(scope, { principal_id: principal.principal_id, may }, job_id));
  }
}
