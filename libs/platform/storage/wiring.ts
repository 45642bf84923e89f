import path from 'node:path';
import type { Config } from '../config/index.js';
import { LocalStorage } from './local-storage.js';
import { S3Storage } from './s3-storage.js';
import type { Storage, StorageObserver } from './storage.js';

/** `S3_BUCKET` set: that bucket; else the folder `files` of the data folder. */
export function createStorage(config: Config, observe?: StorageObserver): Storage {
  if (!config.s3_bucket) return new LocalStorage(path.resolve(config.data_dir, 'files'), observe);
  const settings = {
    bucket: config.s3_bucket,
    region: config.aws_region,
    endpoint: config.s3_endpoint,
    access_key_id: config.aws_access_key_id,
    secret_access_key: config.aws_secret_access_key,
  };
  return new S3Storage(settings, observe);
}
