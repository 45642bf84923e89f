import { mapConstraints } from '#platform/http/index.js';

mapConstraints({
  users_email_normalized_key: 'email_taken',
  api_key_stores_tenant_id_store_id_fk: 'not_found',
  api_keys_tenant_id_owner_user_id_fk: 'not_found',
});
