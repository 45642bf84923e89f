import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessGuard, RateLimits, RouteTable } from './auth/index.js';
import { Config } from './config/index.js';
import { Clock, KeyRings, PasswordHasher } from './crypto/index.js';
import { PlatformDb, TenantDb } from './db/index.js';
import { DnsTxt } from './dns/index.js';
import { Installation, InstallationRepository } from './installation/index.js';
import { JobsModule } from './jobs/index.js';
import { Limiter } from './limits/index.js';
import { Logger } from './logging/index.js';
import { createMail, mailDriver, Mailbox, MailboxController, MailSender, MailService } from './mail/index.js';
import { Metrics, WorkMetrics } from './metrics/index.js';
import { Registry } from './modules/index.js';
import { OutboxModule } from './outbox/index.js';
import { QueueModule, Queues, WorkObserver } from './queue/index.js';
import { Storage } from './storage/index.js';
import { NotificationSettings, StreamModule } from './stream/index.js';
import { RuntimeFacts, type Runtime } from './runtime.js';
import { ClientConfigController } from './http/client-config.controller.js';
import { CspReportsController } from './http/csp-reports.controller.js';

/** The services that every module stands on, for injection by class. Global: a module imports no platform module. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(runtime: Runtime): DynamicModule {
    const mail = [MailService, MailSender, Mailbox] as const;
    const values: Provider[] = [
      { provide: Config, useValue: runtime.config },
      { provide: Clock, useValue: runtime.clock },
      { provide: Logger, useValue: runtime.logger },
      { provide: Metrics, useValue: runtime.metrics },
      { provide: KeyRings, useValue: runtime.rings },
      { provide: TenantDb, useValue: runtime.tenantDb },
      { provide: PlatformDb, useValue: runtime.platformDb },
      { provide: Storage, useValue: runtime.storage },
      { provide: Limiter, useValue: runtime.limiter },
      { provide: DnsTxt, useValue: runtime.dns },
      { provide: Registry, useValue: runtime.registry },
      { provide: RuntimeFacts, useValue: { build: runtime.build, demo: runtime.demo } },
      { provide: PasswordHasher, useFactory: () => new PasswordHasher() },
      { provide: WorkObserver, useFactory: () => new WorkMetrics(runtime.metrics, runtime.logger) },
      { provide: NotificationSettings, useFactory: () => new NotificationSettings(runtime.listen_url) },
      {
        provide: 'mail',
        inject: [Queues],
        useFactory: (queues: Queues) =>
          createMail({
            config: runtime.config,
            rings: runtime.rings,
            platform: runtime.platformDb,
            queues,
            metrics: runtime.metrics,
            logger: runtime.logger,
          }),
      },
      { provide: MailService, inject: ['mail'], useFactory: (made: ReturnType<typeof createMail>) => made.service },
      { provide: MailSender, inject: ['mail'], useFactory: (made: ReturnType<typeof createMail>) => made.sender },
      { provide: Mailbox, inject: ['mail'], useFactory: (made: ReturnType<typeof createMail>) => made.mailbox },
    ];
    const hasMailbox = !runtime.config.production && mailDriver(runtime.config) === 'mailbox';
    return {
      module: PlatformModule,
      global: true,
      imports: [DiscoveryModule, QueueModule.forRoot({ useFactory: () => runtime.queue }), OutboxModule, StreamModule, JobsModule],
      controllers: [ClientConfigController, CspReportsController, ...(hasMailbox ? [MailboxController] : [])],
      providers: [...values, Installation, InstallationRepository, RouteTable, RateLimits, AccessGuard],
      exports: [
        Config, Clock, Logger, Metrics, KeyRings, TenantDb, PlatformDb, Storage, DnsTxt, Registry, RuntimeFacts, PasswordHasher, WorkObserver, NotificationSettings,
        ...mail, Installation, RouteTable, RateLimits, AccessGuard, DiscoveryModule,
      ], // prettier-ignore
    };
  }
}
