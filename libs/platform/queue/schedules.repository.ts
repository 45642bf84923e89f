import { Injectable } from '@nestjs/common';
import { PlatformDb, sql } from '../db/index.js';
import { platformScope } from './scopes.js';

export interface ScheduleRow {
  readonly name: string;
  readonly last_started_at: Date | null;
  readonly last_finished_at: Date | null;
  readonly last_result: Readonly<Record<string, unknown>> | null;
  readonly next_due_at: Date;
  readonly paused: boolean;
}

const NOW = sql`select now() as now`;

const ENSURE = sql`
  insert into schedules (name, next_due_at)
  select s.name, s.next_due_at from unnest($1::text[], $2::timestamptz[]) as s (name, next_due_at)
  on conflict (name) do nothing`;

// A version whose schedule comes sooner than the one before: it does not wait for the old time.
const BRING_FORWARD = sql`
  update schedules s set next_due_at = l.latest from unnest($1::text[], $2::timestamptz[]) as l (name, latest)
   where s.name = l.name and (s.next_due_at is null or s.next_due_at > l.latest)`;

const LIST = sql`
  select name, last_started_at, last_finished_at, last_result, next_due_at, paused from schedules order by name`;

const DUE = sql`
  select name from schedules where name = any($1::text[]) and not paused and next_due_at <= now() order by next_due_at, name`;

// Single flight in one statement: whoever updates the row runs. A run that did not end counts as dead after its lease.
// Milliseconds, because the start is the fence of the end and a Date has no more.
const BEGIN_RUN = sql`
  update schedules set last_started_at = date_trunc('milliseconds', clock_timestamp()), next_due_at = $2
   where name = $1
     and ($4 or (not paused and next_due_at <= now()))
     and (last_started_at is null or last_finished_at >= last_started_at or last_started_at < now() - $3 * interval '1 ms')
  returning last_started_at`;

const END_RUN = sql`
  update schedules set last_finished_at = clock_timestamp(), last_result = $3, next_due_at = case when $4 then now() else next_due_at end
   where name = $1 and last_started_at = $2`;

const PAUSE = sql`update schedules set paused = $2 where name = $1 returning name`;

@Injectable()
export class SchedulesRepository {
  readonly #scope = platformScope('schedules');

  constructor(private readonly platform: PlatformDb) {}

  async now(): Promise<Date> {
    const [row] = await this.platform.query<{ now: Date }>(this.#scope, NOW);
    return row?.now ?? new Date();
  }

  /** Makes missing rows, due at `first`; none that is there stays due later than `latest`. */
  async ensure(schedules: readonly { name: string; first: Date; latest: Date }[]): Promise<void> {
    const names = schedules.map(({ name }) => name);
    await this.platform.query(this.#scope, ENSURE, [names, schedules.map(({ first }) => first)]);
    await this.platform.query(this.#scope, BRING_FORWARD, [names, schedules.map(({ latest }) => latest)]);
  }

  list(): Promise<ScheduleRow[]> {
    return this.platform.query<ScheduleRow>(this.#scope, LIST);
  }

  async due(names: readonly string[]): Promise<string[]> {
    return (await this.platform.query<{ name: string }>(this.#scope, DUE, [names])).map((row) => row.name);
  }

  /** @returns when it began, or null: it is not due, or runs elsewhere */
  async begin(name: string, run: { next_due_at: Date; lease_ms: number; forced: boolean }): Promise<Date | null> {
    const [row] = await this.platform.query<{ last_started_at: Date }>(this.#scope, BEGIN_RUN, [
      name,
      run.next_due_at,
      run.lease_ms,
      run.forced,
    ]);
    return row?.last_started_at ?? null;
  }

  async end(name: string, started_at: Date, result: Readonly<Record<string, unknown>>, due_again: boolean): Promise<void> {
    await this.platform.query(this.#scope, END_RUN, [name, started_at, result, due_again]);
  }

  /** @returns false when no schedule has that name */
  async pause(name: string, paused: boolean): Promise<boolean> {
    return (await this.platform.query(this.#scope, PAUSE, [name, paused])).length > 0;
  }
}
