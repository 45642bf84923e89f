import { newId } from '#platform/crypto/index.js';
import type { PlatformScope, TenantScope } from '#platform/db/index.js';
import { makePlatformScope } from '#platform/db/scope-factory.js';

/**
 * The scopes that this module makes by itself; the one file of it that imports the factory, listed in the architecture test.
 *
 * The app role may only read what a tenant has bought and what follows from it: a statement that goes wrong in any route of a tenant, or
 * one that somebody smuggles in, cannot give that tenant a larger plan. So the few routes that do change it run on the platform pool.
 */

/**
 * The caller of a billing route, at work on the subscription of their own tenant. The guard has checked that they hold `billing:write`;
 * they stay the actor in the audit log, and the request keeps its Idempotency-Key. Used with `PlatformDb.inTenant` and the tenant of that
 * scope, and with nothing else.
 */
export const billingScope = ({ actor, request_id, around }: TenantScope): PlatformScope =>
  makePlatformScope({ actor, request_id, ...(around ? { around } : {}) });

/** A moment has passed that changes what a tenant has (a trial, an override ends), and a request is the first to notice. Nobody did it. */
export const clockScope = (): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: 'entitlements.settle' }, request_id: newId() });

/** The price list is read by anybody, before there is a caller. It only reads. */
export const priceListScope: PlatformScope = makePlatformScope({ actor: { type: 'system', id: 'price-list' }, request_id: 'price-list' });
