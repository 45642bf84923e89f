import { mapConstraints } from '#platform/http/index.js';

mapConstraints({
  webhook_endpoints_tenant_id_name_key: 'name_taken',
  webhook_jobs_tenant_id_webhook_id_key: 'job_running',
});
