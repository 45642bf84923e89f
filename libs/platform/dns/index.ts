export { DnsTxt, SystemDnsTxt } from './dns-txt.js';
