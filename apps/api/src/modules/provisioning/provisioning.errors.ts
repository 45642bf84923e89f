import { mapConstraints } from '#platform/http/index.js';

mapConstraints({ provisioning_jobs_tenant_id_key: 'job_running' });
