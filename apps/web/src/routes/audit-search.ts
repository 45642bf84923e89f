import { cursor, limit, oneOf, searchParser, text, uuid } from '../lib/search-params';

/** The filters of both audit screens. `since` is relative, so that a link keeps its meaning. */
export const auditSearch = searchParser({
  action: text(80),
  actor: text(80),
  outcome: oneOf(['success', 'denied', 'failed']),
  severity: oneOf(['info', 'warning', 'critical']),
  since: oneOf(['1h', '24h', '7d', '30d']),
  tenant_id: uuid(),
  cursor: cursor(),
  limit: limit(),
  event: uuid(),
});
