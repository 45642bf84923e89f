import { mapConstraints } from '#platform/http/index.js';

mapConstraints({ variants_tenant_id_sku_normalized_key: 'sku_taken', variants_tenant_id_barcode_key: 'barcode_taken' });
