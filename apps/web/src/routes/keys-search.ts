import { cursor, limit, oneOf, searchParser } from '../lib/search-params';

/** The filters of the list of API keys, at both of its addresses. */
export const keysSearch = searchParser({
  status: oneOf(['active', 'expired', 'revoked']),
  cursor: cursor(),
  limit: limit(),
  new: oneOf(['key']),
});
