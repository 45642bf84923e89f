export { StorageKeyRefused, tenantPrefixes } from './key.js';
export { LocalStorage } from './local-storage.js';
export { S3Storage, type S3Settings } from './s3-storage.js';
export {
  Storage,
  StorageSizeRefused,
  type ListedObject,
  type ObjectList,
  type OpenObject,
  type StorageDriver,
  type StorageObserver,
  type StoredObject,
} from './storage.js';
export { createStorage } from './wiring.js';
