import { mapConstraints } from '#platform/http/index.js';

mapConstraints({ platform_users_email_normalized_key: 'email_taken' });
