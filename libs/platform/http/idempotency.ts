import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import { newId, openWith, sealWith } from '../crypto/index.js';
import { isTenantScope, sql, type Tx } from '../db/index.js';

const KEY = /^[A-Za-z0-9_-]{16,128}$/;
/** One-time secrets are replayed for ten minutes only; everything else for as long as the row is kept. */
const SECRET_REPLAY_MS = 600_000;

/** Not an error: the stored answer of the first call. Leaves `run` by rolling the empty transaction back. */
export class Replay extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super('idempotent replay');
  }
}

/** The Idempotency-Key of a request, bound to principal, route and body. */
export interface IdempotencyKey {
  readonly principal_id: string;
  readonly key: string;
  readonly key_hash: Buffer;
  readonly request_hash: Buffer;
  readonly status: number;
  readonly one_time: boolean;
}

/** @returns null when the request carries no key. @throws Problem idempotency_key_invalid */
export function readIdempotencyKey(
  request: FastifyRequest,
  principal_id: string,
  status: number,
  one_time: boolean,
): IdempotencyKey | null {
  const raw = request.headers['idempotency-key'];
  if (raw === undefined || request.method !== 'POST') return null;
  if (typeof raw !== 'string' || !KEY.test(raw)) throw fail('idempotency_key_invalid');
  const request_hash = createHash('sha256')
    .update(`${request.method} ${request.url}\n${canonical(request.body ?? null)}`)
    .digest();
  return { principal_id, key: raw, key_hash: createHash('sha256').update(raw).digest(), request_hash, status, one_time };
}

const claimTenant = sql`
  insert into idempotency_keys (tenant_id, idempotency_key_id, principal_id, key_hash, request_hash, expires_at)
  values ($1, $2, $3, $4, $5, now() + interval '24 hours')
  on conflict (tenant_id, principal_id, key_hash) do nothing returning idempotency_key_id`;
const storeTenant = sql`update idempotency_keys set status = $3, response_sealed = $4 where tenant_id = $1 and idempotency_key_id = $2`;
const findTenant = sql`
  select request_hash, status, response_sealed, created_at from idempotency_keys where tenant_id = $1 and principal_id = $2 and key_hash = $3`;
const claimPlatform = sql`
  insert into platform_idempotency_keys (idempotency_key_id, principal_id, key_hash, request_hash, expires_at)
  values ($1, $2, $3, $4, now() + interval '24 hours')
  on conflict (principal_id, key_hash) do nothing returning idempotency_key_id`;
const storePlatform = sql`update platform_idempotency_keys set status = $2, response_sealed = $3 where idempotency_key_id = $1`;
const findPlatform = sql`
  select request_hash, status, response_sealed, created_at from platform_idempotency_keys where principal_id = $1 and key_hash = $2`;

interface Stored {
  readonly request_hash: Buffer;
  readonly status: number | null;
  readonly response_sealed: Buffer | null;
  readonly created_at: Date;
}

/**
 * Wraps the work of a transaction: the key is its first statement, what `work` returned is stored before the commit. A crash leaves
 * nothing; a parallel twin waits on the unique index and then sees the result.
 */
export function aroundIdempotent(key: IdempotencyKey) {
  let isKept = false;
  return async <T>(tx: Tx, work: () => Promise<T>): Promise<T> => {
    if (isKept) throw new Error('a request with an Idempotency-Key has one transaction: what a second one does could not be replayed');
    const id = newId();
    // Whose key it is, not where the work is done: staff who make a tenant work in a new one each time.
    const tenant = isTenantScope(tx.scope) ? tx.tenant_id : null;
    const principal_id = tenant ? key.principal_id : platformPrincipal(tx, key);
    const claimed = tenant
      ? await tx.query(claimTenant, [tenant, id, key.principal_id, key.key_hash, key.request_hash])
      : await tx.query(claimPlatform, [id, principal_id, key.key_hash, key.request_hash]);
    if (claimed.length === 0) {
      const [stored] = tenant
        ? await tx.query<Stored>(findTenant, [tenant, key.principal_id, key.key_hash])
        : await tx.query<Stored>(findPlatform, [principal_id, key.key_hash]);
      throw replay(key, stored);
    }
    const result = await work();
    const sealed = Buffer.from(sealWith(key.key, Buffer.from(JSON.stringify(result ?? null))));
    tx.afterCommit(() => (isKept = true));
    await (tenant ? tx.query(storeTenant, [tenant, id, key.status, sealed]) : tx.query(storePlatform, [id, key.status, sealed]));
    return result;
  };
}

/**
 * A tenant's own caller at work on the platform pool (billing, hosts): the table has no tenant, and one person may be in two. Without the
 * tenant in it the key of one would answer for the other.
 */
function platformPrincipal({ scope, tenant_id }: Tx, { principal_id }: IdempotencyKey): string {
  const isTenants = tenant_id !== null && (scope.actor.type === 'user' || scope.actor.type === 'api_key');
  return isTenants ? `${tenant_id}:${principal_id}` : principal_id;
}

function replay(key: IdempotencyKey, stored: Stored | undefined): Error {
  if (!stored?.response_sealed || stored.status === null || !stored.request_hash.equals(key.request_hash))
    return fail('idempotency_conflict');
  if (key.one_time && Date.now() - stored.created_at.getTime() > SECRET_REPLAY_MS) return fail('idempotency_conflict');
  return new Replay(stored.status, Buffer.from(openWith(key.key, stored.response_sealed.toString())).toString());
}

/** The same body in another order of keys is the same request. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value && typeof value === 'object')
    return `{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`)
      .join(',')}}`;
  return JSON.stringify(value ?? null);
}
