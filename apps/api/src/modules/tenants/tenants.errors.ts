import { mapConstraints } from '#platform/http/index.js';

mapConstraints({
  tenant_state_slug_key: 'slug_taken',
  // A host that another tenant proved in the same moment.
  tenant_hosts_pk: 'host_taken',
  tenant_templates_plan_code_fk: 'unknown_plan',
});
