import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line of one request or job carries. Nothing decides anything by it: rights travel in the scope. */
export interface LogContext {
  request_id?: string;
  tenant_id?: string;
  user_id?: string;
}

interface Store {
  readonly fields: LogContext;
  db_trips: number;
}

const storage = new AsyncLocalStorage<Store>();
const NONE: Readonly<LogContext> = Object.freeze({});

/** Runs `work` with these fields on each of its lines. A context inside a context starts with the outer one's fields. */
export const withLogContext = <T>(fields: LogContext, work: () => T): T =>
  storage.run({ fields: { ...storage.getStore()?.fields, ...fields }, db_trips: 0 }, work);

/** Runs `work` as nobody's: what is done for several requests at once belongs to none of them. */
export const outsideLogContext = <T>(work: () => T): T => storage.exit(work);

/** Adds what became known later (the tenant, after the credential was read). Without a context it does nothing. */
export function setLogContext(fields: LogContext): void {
  const store = storage.getStore();
  if (store) Object.assign(store.fields, fields);
}

export const logContext = (): Readonly<LogContext> => storage.getStore()?.fields ?? NONE;

/** One round trip to the database, counted for the line of the request that made it. */
export function countDbTrip(): void {
  const store = storage.getStore();
  if (store) store.db_trips += 1;
}

/** Round trips since the context began; 0 without one. */
export const dbTrips = (): number => storage.getStore()?.db_trips ?? 0;
