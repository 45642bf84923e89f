export { openApiDocument, permissionOf } from './document.js';
