import { mapConstraints } from '#platform/http/index.js';

mapConstraints({
  invitation_stores_tenant_id_store_id_fk: 'not_found',
  invitations_tenant_id_role_id_fk: 'not_found',
});
