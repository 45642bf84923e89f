import { Transform, type Readable } from 'node:stream';
import { fail, Problem } from '#contracts/errors.js';
import type { ConfirmedScope } from '../db/index.js';
import { checkKey, checkPrefix, StorageKeyRefused } from './key.js';

export type StorageDriver = 'local' | 's3';

export interface StoredObject {
  readonly size: number;
  readonly type: string;
  /** Changes with the content. Without quotes; how it is made is the driver's affair. */
  readonly etag: string;
}

export interface OpenObject extends StoredObject {
  /** Must be read or destroyed. */
  readonly body: Readable;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modified_at: Date;
}

export interface ObjectList {
  readonly objects: readonly ListedObject[];
  /** Give it to the next call; null at the end. */
  readonly next_cursor: string | null;
}

export type StorageObserver = (driver: StorageDriver, operation: string, result: 'ok' | 'failed', seconds: number) => void;

const TYPE = /^[a-z0-9][a-z0-9.+-]{0,60}\/[a-z0-9][a-z0-9.+-]{0,60}(?:; ?[a-z-]{1,20}=[a-z0-9-]{1,30})?$/i;
const LIST_MAX = 1_000;

/** The content was longer or shorter than it was said to be; nothing was stored. */
export class StorageSizeRefused extends Error {
  constructor(size: number) {
    super(`the content does not have the ${size} bytes that were announced`);
    this.name = 'StorageSizeRefused';
  }
}

/**
 * Where bytes live. The same promises whatever the driver: a key is of the scope's tenant, an object is there as a whole or not at all,
 * a missing one is null, deleting it twice is no error, and whatever else goes wrong is `storage_unavailable`. Every call takes a
 * ConfirmedScope: what it does cannot be rolled back.
 */
export abstract class Storage {
  abstract readonly driver: StorageDriver;

  constructor(private readonly observe: StorageObserver = () => undefined) {}

  /** Stores or replaces. A stream must say its `size`; it is held to it. */
  put(scope: ConfirmedScope, key: string, body: Uint8Array, options: { readonly type: string }): Promise<StoredObject>;
  put(scope: ConfirmedScope, key: string, body: Readable, options: { readonly type: string; readonly size: number }): Promise<StoredObject>;
  put(
    scope: ConfirmedScope,
    key: string,
    body: Uint8Array | Readable,
    options: { readonly type: string; readonly size?: number },
  ): Promise<StoredObject> {
    checkKey(key, scope.tenant_id);
    if (!TYPE.test(options.type)) throw new StorageKeyRefused('the content type has no such form');
    const size = body instanceof Uint8Array ? body.byteLength : options.size;
    if (size === undefined || !Number.isSafeInteger(size) || size < 0) throw new StorageKeyRefused('a stream must say its size');
    return this.guarded('put', () => this.write(key, body, { type: options.type, size }));
  }

  head(scope: ConfirmedScope, key: string): Promise<StoredObject | null> {
    checkKey(key, scope.tenant_id);
    return this.guarded('head', () => this.look(key));
  }

  get(scope: ConfirmedScope, key: string): Promise<OpenObject | null> {
    checkKey(key, scope.tenant_id);
    return this.guarded('get', () => this.open(key));
  }

  delete(scope: ConfirmedScope, key: string): Promise<void> {
    checkKey(key, scope.tenant_id);
    return this.guarded('delete', () => this.remove(key));
  }

  /** In the order of the keys' bytes. `limit` 1,000 at most. */
  list(
    scope: ConfirmedScope,
    prefix: string,
    options: { readonly cursor?: string | null; readonly limit?: number } = {},
  ): Promise<ObjectList> {
    checkPrefix(prefix, scope.tenant_id);
    if (options.cursor) checkKey(options.cursor, scope.tenant_id);
    const limit = Math.min(LIST_MAX, Math.max(1, options.limit ?? LIST_MAX));
    return this.guarded('list', () => this.listKeys(prefix, options.cursor ?? null, limit));
  }

  /** Does it answer, and may we write? @throws `storage_unavailable` */
  probe(): Promise<void> {
    return this.guarded('probe', () => this.tryOut());
  }

  /** At stop. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  protected abstract write(
    key: string,
    body: Uint8Array | Readable,
    options: { readonly type: string; readonly size: number },
  ): Promise<StoredObject>;
  protected abstract look(key: string): Promise<StoredObject | null>;
  protected abstract open(key: string): Promise<OpenObject | null>;
  protected abstract remove(key: string): Promise<void>;
  protected abstract listKeys(prefix: string, cursor: string | null, limit: number): Promise<ObjectList>;
  protected abstract tryOut(): Promise<void>;

  private async guarded<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const done = (result: 'ok' | 'failed'): void => this.observe(this.driver, operation, result, (performance.now() - begun) / 1_000);
    try {
      const answer = await work();
      done('ok');
      return answer;
    } catch (error) {
      done('failed');
      if (error instanceof StorageSizeRefused || error instanceof SourceFailed || error instanceof Problem)
        throw error instanceof SourceFailed ? error.cause : error;
      throw fail('storage_unavailable', { retry_after: 5 }, error);
    }
  }
}

/** The caller's stream broke: that is no fault of the storage. */
export class SourceFailed extends Error {
  constructor(cause: unknown) {
    super('the source of an object failed', { cause });
  }
}

/** Lets exactly `size` bytes through. The caller's stream is destroyed with it. */
export function exactly(size: number, source: Readable): Readable {
  let passed = 0;
  const gate = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      done(passed > size ? new StorageSizeRefused(size) : null, chunk);
    },
    flush(done) {
      done(passed < size ? new StorageSizeRefused(size) : null);
    },
  });
  source.on('error', (error) => gate.destroy(new SourceFailed(error)));
  gate.on('close', () => source.destroy());
  return source.pipe(gate);
}
