import { Redis } from 'ioredis';
import type { Ask, Lease, LeaseStore } from './lease-store.js';

/** `take` of gcra.ts. The clock is that of Redis. Fractions of a millisecond travel as text: Lua cuts numbers to whole ones. */
const LEASE = `
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local count, period, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local emission = period / count
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local granted = math.max(0, math.min(wanted, count, math.floor((now + period - empty_at) / emission + 0.001)))
empty_at = empty_at + granted * emission
redis.call('SET', KEYS[1], string.format('%.4f', empty_at), 'PX', math.ceil(empty_at - now) + 1)
return { granted, string.format('%.4f', empty_at - now) }`;

const PROCESS_MS = 30_000;
const ATTEND = `
local t = redis.call('TIME')
local now = t[1] * 1000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${PROCESS_MS})
redis.call('ZADD', KEYS[1], now, ARGV[1])
return redis.call('ZCARD', KEYS[1])`;

interface Commands {
  lease(key: string, count: number, period_ms: number, wanted: number): Promise<unknown>;
  attend(key: string, process_id: string): Promise<number>;
}

/** Buckets in Redis. A key lives as long as its bucket is not full. */
export class RedisLeases implements LeaseStore {
  readonly #redis: Redis & Commands;

  constructor(
    url: string,
    private readonly process_id: string,
    private readonly prefix = 'tenantry',
  ) {
    // A command waits for the first connection, and for nothing longer: while Redis is away each process has a share of its own.
    const redis = new Redis(url, { maxRetriesPerRequest: 0, commandTimeout: 500, connectTimeout: 2_000 });
    redis.on('error', () => undefined); // each command fails by itself, and whoever asked says so
    redis.defineCommand('lease', { numberOfKeys: 1, lua: LEASE });
    redis.defineCommand('attend', { numberOfKeys: 1, lua: ATTEND });
    this.#redis = redis as Redis & Commands;
  }

  /** In one write; Redis runs them one by one. */
  async lease(asks: readonly Ask[]): Promise<readonly Lease[]> {
    const answers = await Promise.all(
      asks.map(({ key, limit, wanted }) => this.#redis.lease(`${this.prefix}:limit:${key}`, limit.count, limit.period_ms, wanted)),
    );
    return answers.map((answer) => {
      const [granted, reset_ms] = answer as [number, string];
      return { granted, reset_ms: Number(reset_ms) };
    });
  }

  attend(): Promise<number> {
    return this.#redis.attend(`${this.prefix}:limit-processes`, this.process_id);
  }

  async close(): Promise<void> {
    await this.#redis.zrem(`${this.prefix}:limit-processes`, this.process_id).catch(() => 0); // its time runs out by itself
    this.#redis.disconnect();
  }
}
