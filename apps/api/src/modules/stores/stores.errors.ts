import { mapConstraints } from '#platform/http/index.js';

/** What a violated constraint of this module means to a client. */
mapConstraints({
  stores_tenant_id_code_key: 'store_code_taken',
  stores_is_default_status_check: 'store_is_default',
});
