import { mapConstraints } from '#platform/http/index.js';

/** What a violated constraint of this module means to a client. */
mapConstraints({
  roles_tenant_id_code_key: 'role_name_taken',
  // Both are checked before, with counts; these are for the race between check and delete.
  role_assignments_tenant_id_role_id_fk: 'not_found',
  assignment_stores_tenant_id_store_id_fk: 'not_found',
  role_assignments_tenant_id_user_id_role_id_key: 'already_assigned',
});
