import { Global, Module } from '@nestjs/common';
import { JobFeed } from './job-feed.js';
import { JobsController } from './jobs.controller.js';
import { LongWork } from './long-work.js';

/** It needs Registry, TenantDb and the stream from global modules. */
@Global()
@Module({ controllers: [JobsController], providers: [LongWork, JobFeed], exports: [JobFeed] })
export class JobsModule {}
