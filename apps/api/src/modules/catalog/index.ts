export { CatalogModule, manifest as catalogManifest } from './catalog.module.js';
