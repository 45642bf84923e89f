import { mapConstraints } from '#platform/http/index.js';

mapConstraints({ users_email_normalized_key: 'email_taken' });
