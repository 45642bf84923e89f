export { countDbTrip, dbTrips, logContext, outsideLogContext, setLogContext, withLogContext, type LogContext } from './context.js';
export { fileDestination, MemoryDestination, stdoutDestination, StreamDestination, type LogDestination } from './destination.js';
export { createLogger, Logger, type AccessLine, type Channel, type LoggerOptions, type LogLevel } from './logger.js';
export { NestLogger } from './nest-logger.js';
export { isSecretName, redact, safeText, type LogFields } from './redact.js';
export { logSlowQuery, SLOW_QUERY_MS } from './slow-query.js';
