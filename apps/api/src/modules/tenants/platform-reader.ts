import { makePlatformScope } from '#platform/db/scope-factory.js';

/** Which tenant a host or slug names is asked before anybody has signed in: no caller has a scope yet, so the system asks. It only reads. */
export const platformReader = makePlatformScope({ actor: { type: 'system', id: 'tenant-resolver' }, request_id: 'tenant-resolver' });
