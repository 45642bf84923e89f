import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Config, readConfig } from '#platform/config/index.js';
import { Clock, SystemClock } from '#platform/crypto/index.js';
import { PlatformDb, TenantDb, TenantPool } from '#platform/db/index.js';
import { EventTasks, OutboxModule, Relay } from '#platform/outbox/index.js';
import {
  QueueModule,
  Queues,
  QueueSettings,
  QueueWorkers,
  Schedules,
  WorkObserver,
  type QueueDefinition,
  type ScheduleDefinition,
} from '#platform/queue/index.js';
import { Notifications, NotificationSettings } from '#platform/stream/index.js';
import type { TestDatabase } from './database.js';

/** Remembers what was counted and said. */
export class RecordingObserver extends WorkObserver {
  readonly counts = new Map<string, number>();
  readonly lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  override count(counter: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const key = [counter, ...Object.values(labels)].join(' ');
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }
  override gauge(): void {}
  override time(): void {}
  override log(level: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push({ level, message, fields });
  }
  /** `of('queue_jobs_total test.run done')` */
  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }
}

export interface BackgroundOptions {
  readonly database: TestDatabase;
  /** Default: the database. */
  readonly queue_url?: string;
  readonly queues?: readonly QueueDefinition[];
  readonly schedules?: readonly ScheduleDefinition[];
  readonly providers?: readonly Provider[];
  /** Are workers started? Default true. */
  readonly works?: boolean;
  readonly listens?: boolean;
  /** Instead of what the modules provide, by class. */
  readonly overrides?: readonly (readonly [abstract new (...args: never[]) => unknown, unknown])[];
}

/** What a worker process is made of, without HTTP: queues, schedules, outbox and relay over a test database. Nothing of it is faked. */
export class Background {
  private constructor(
    readonly module: TestingModule,
    readonly observer: RecordingObserver,
    readonly tenants: TenantDb,
    readonly platform: PlatformDb,
    private readonly pools: readonly TenantPool[],
  ) {}

  static async start(options: BackgroundOptions): Promise<Background> {
    const { database, queue_url = database.platformUrl, queues = [], schedules = [], works = true } = options;
    const observer = new RecordingObserver();
    const pools = [
      new TenantPool({ connectionString: database.appUrl, max: 5 }),
      new TenantPool({ connectionString: database.platformUrl, max: 6 }),
    ] as const;
    const tenants = new TenantDb(pools[0]);
    const platform = new PlatformDb(pools[1]);
    const builder = Test.createTestingModule({
      imports: [
        ground(options, observer, tenants, platform),
        QueueModule.forRoot({ inject: [], useFactory: () => new QueueSettings(queue_url) }),
        OutboxModule,
      ],
    });
    for (const [token, value] of options.overrides ?? []) builder.overrideProvider(token).useValue(value);
    const module = await builder.compile();
    await module.init();
    const background = new Background(module, observer, tenants, platform, pools);
    try {
      background.get(Queues).register(queues);
      background.get(Schedules).register(schedules);
      if (options.listens) await background.get(Notifications).start();
      if (works) await background.get(QueueWorkers).start();
      return background;
    } catch (error) {
      await background.stop();
      throw error;
    }
  }

  get<T>(token: abstract new (...args: never[]) => T): T {
    return this.module.get<T>(token as never, { strict: false });
  }

  async stop(grace_ms = 0): Promise<void> {
    await this.get(Relay).stop();
    await this.get(EventTasks).stop(grace_ms);
    await this.get(Schedules).stop();
    await this.get(QueueWorkers).stop(grace_ms);
    await this.module.close();
    await this.get(Notifications).stop();
    await Promise.all(this.pools.map((pool) => pool.end()));
  }
}

@Global()
@Module({})
class Ground {}

function ground(options: BackgroundOptions, observer: RecordingObserver, tenants: TenantDb, platform: PlatformDb): DynamicModule {
  const providers: Provider[] = [
    { provide: WorkObserver, useValue: observer },
    { provide: TenantDb, useValue: tenants },
    { provide: PlatformDb, useValue: platform },
    { provide: Clock, useClass: SystemClock },
    { provide: Config, useValue: readConfig({ NODE_ENV: 'test', FRONTEND_URL: 'https://tenantry.example' }).config },
    { provide: NotificationSettings, useValue: new NotificationSettings(options.listens ? options.database.platformUrl : null) },
    Notifications,
    ...(options.providers ?? []),
  ];
  const exported = providers.map((provider) => (typeof provider === 'function' ? provider : provider.provide));
  return { module: Ground, providers, exports: exported };
}
