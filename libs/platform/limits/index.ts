/** Rate limits over all processes (GCRA). Whose budgets a request counts against is said by `libs/platform/auth`. */
export { countedAddress } from './counted-address.js';
export { createLimiter } from './create-limiter.js';
export { parseLimit, type Limit } from './gcra.js';
export { Limiter, type Budget, type Budgets, type Standing } from './limiter.js';
export { limitsPurge } from './limits.schedules.js';
