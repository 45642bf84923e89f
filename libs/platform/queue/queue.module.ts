import { BullModule } from '@nestjs/bullmq';
import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { BackendQueue, BackendWorker, queueConnection, QueueSettings } from './connection.js';
import { LANES } from './define-queue.js';
import { JobRunner } from './job-runner.js';
import { LANE_PROCESSORS } from './processors.js';
import { Queues } from './queues.js';
import { Reaper } from './reaper.js';
import { Schedules } from './schedules.js';
import { SchedulesRepository } from './schedules.repository.js';
import { JobScopes } from './scopes.js';
import { QueueWorkers } from './workers.js';

const PROVIDERS = [Queues, JobScopes, JobRunner, ...LANE_PROCESSORS, QueueWorkers, Reaper, SchedulesRepository, Schedules];
const EXPORTS = [Queues, JobScopes, JobRunner, QueueWorkers, Reaper, Schedules, QueueSettings];

/**
 * `QueueModule.forRoot({ inject: [Config, DatabaseUrls], useFactory: (config, urls) => queueSettings(config, urls.platform) })`, global.
 * It needs PlatformDb, Clock, WorkObserver and, if tenants' access is to be looked at, JobAuthority from a global module. Nothing runs before
 * `QueueWorkers.start()` and `Schedules.start()`.
 */
@Module({})
export class QueueModule {
  static forRoot(settings: Pick<FactoryProvider<QueueSettings>, 'inject' | 'useFactory'>): DynamicModule {
    // Before registerQueue, which looks at it when it is called.
    BullModule.queueClass = BackendQueue;
    BullModule.workerClass = BackendWorker;
    return {
      module: QueueModule,
      global: true,
      imports: [
        ScheduleModule.forRoot(),
        BullModule.forRootAsync({
          inject: [QueueSettings],
          useFactory: (queue: QueueSettings) => ({ connection: queueConnection(queue), prefix: queue.prefix }),
          extraOptions: { manualRegistration: true },
        }),
        BullModule.registerQueue(...LANES.map((name) => ({ name }))),
      ],
      providers: [{ provide: QueueSettings, ...settings }, ...PROVIDERS],
      exports: EXPORTS,
    };
  }
}
