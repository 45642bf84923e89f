import { mapConstraints } from '#platform/http/index.js';

mapConstraints({ tenant_state_slug_key: 'slug_taken', tenant_hosts_pk: 'slug_taken' });
