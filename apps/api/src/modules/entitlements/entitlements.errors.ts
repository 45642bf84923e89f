import { mapConstraints } from '#platform/http/index.js';

/** What a violated constraint of this module means to a client. */
mapConstraints({ subscriptions_tenant_id_key: 'subscription_exists' });
