import type { S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import {
  exactly,
  type ObjectList,
  type OpenObject,
  SourceFailed,
  Storage,
  type StorageObserver,
  StorageSizeRefused,
  type StoredObject,
} from './storage.js';

export interface S3Settings {
  readonly bucket: string;
  readonly region: string;
  /** Empty: AWS. */
  readonly endpoint: string;
  /** Empty: what the SDK finds (role of the machine, profile). */
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

const CONNECT_MS = 2_000;
const REQUEST_MS = 10_000;
const ATTEMPTS = 3;

/** Left to itself the SDK writes to the console. */
const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Sdk = typeof import('@aws-sdk/client-s3');

/** A bucket of S3 or of what speaks like it. */
export class S3Storage extends Storage {
  readonly driver = 's3';
  private connected: Promise<{ sdk: Sdk; client: S3Client }> | null = null;

  constructor(
    private readonly settings: S3Settings,
    observe?: StorageObserver,
  ) {
    super(observe);
  }

  protected async write(key: string, body: Uint8Array | Readable, { type, size }: { type: string; size: number }): Promise<StoredObject> {
    const { sdk, client } = await this.connect();
    // A body that breaks leaves the SDK waiting for the rest of it, so the request is aborted; what broke it is what is thrown.
    const abort = new AbortController();
    let broken: unknown = null;
    const content = body instanceof Readable ? exactly(size, body) : body;
    if (content instanceof Readable) {
      content.on('error', (error) => {
        broken = error;
        abort.abort();
      });
    }
    try {
      const command = new sdk.PutObjectCommand({
        Bucket: this.settings.bucket,
        Key: key,
        Body: content,
        ContentType: type,
        ContentLength: size,
      });
      const { ETag } = await client.send(command, { abortSignal: abort.signal });
      return { size, type, etag: unquoted(ETag) };
    } catch (error) {
      throw broken instanceof StorageSizeRefused || broken instanceof SourceFailed ? broken : error;
    } finally {
      if (content instanceof Readable) content.destroy();
    }
  }

  protected async look(key: string): Promise<StoredObject | null> {
    const { sdk, client } = await this.connect();
    const found = await client.send(new sdk.HeadObjectCommand({ Bucket: this.settings.bucket, Key: key })).catch(ifPresent);
    return found && { size: found.ContentLength ?? 0, type: found.ContentType ?? 'application/octet-stream', etag: unquoted(found.ETag) };
  }

  protected async open(key: string): Promise<OpenObject | null> {
    const { sdk, client } = await this.connect();
    const found = await client.send(new sdk.GetObjectCommand({ Bucket: this.settings.bucket, Key: key })).catch(ifPresent);
    if (!found) return null;
    if (!(found.Body instanceof Readable)) throw new Error('S3 answered without a body');
    return {
      size: found.ContentLength ?? 0,
      type: found.ContentType ?? 'application/octet-stream',
      etag: unquoted(found.ETag),
      body: found.Body,
    };
  }

  protected async remove(key: string): Promise<void> {
    const { sdk, client } = await this.connect();
    await client.send(new sdk.DeleteObjectCommand({ Bucket: this.settings.bucket, Key: key })).catch(ifPresent);
  }

  protected async listKeys(prefix: string, cursor: string | null, limit: number): Promise<ObjectList> {
    const { sdk, client } = await this.connect();
    const page = await client.send(
      new sdk.ListObjectsV2Command({
        Bucket: this.settings.bucket,
        Prefix: prefix,
        MaxKeys: limit,
        ...(cursor ? { StartAfter: cursor } : {}),
      }),
    );
    const objects = (page.Contents ?? []).flatMap(({ Key, Size, LastModified }) =>
      Key ? [{ key: Key, size: Size ?? 0, modified_at: LastModified ?? new Date(0) }] : [],
    );
    return { objects, next_cursor: page.IsTruncated ? (objects.at(-1)?.key ?? null) : null };
  }

  protected async tryOut(): Promise<void> {
    const { sdk, client } = await this.connect();
    await client.send(new sdk.HeadBucketCommand({ Bucket: this.settings.bucket }));
  }

  override async close(): Promise<void> {
    const connected = this.connected;
    this.connected = null;
    if (connected) (await connected).client.destroy();
  }

  /** The SDK costs a quarter of a second to load: only who has a bucket pays. */
  private connect(): Promise<{ sdk: Sdk; client: S3Client }> {
    this.connected ??= import('@aws-sdk/client-s3').then((sdk) => ({ sdk, client: this.clientOf(sdk) }));
    return this.connected;
  }

  private clientOf(sdk: Sdk): S3Client {
    const { region, endpoint, access_key_id, secret_access_key } = this.settings;
    return new sdk.S3Client({
      region: region || 'us-east-1',
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      ...(access_key_id ? { credentials: { accessKeyId: access_key_id, secretAccessKey: secret_access_key } } : {}),
      // Otherwise releases from 3.729 on add checksums that other servers do not know (aws/aws-sdk-js-v3#6810).
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: ATTEMPTS,
      logger: QUIET,
      requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
    });
  }
}

const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

function ifPresent(error: unknown): null {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  if (name === 'NoSuchKey' || name === 'NotFound' || (name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404)) return null;
  throw error;
}
