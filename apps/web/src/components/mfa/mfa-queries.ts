import { queryOptions } from '@tanstack/react-query';
import { call, platformApi, tenantApi } from '../../lib/api';
import type { Realm } from '../../lib/storage';
import type { MfaSecret, MfaState } from '../../lib/types';
import { proofOf } from './proof';

const of = (realm: Realm) =>
  realm === 'platform' ? { api: platformApi, path: '/api/v1/platform/auth/mfa' } : { api: tenantApi(null), path: '/api/v1/auth/mfa' };

/** Of the person, not of a tenant: the key names the realm only. */
export const mfaQuery = (realm: Realm) =>
  queryOptions({
    queryKey: [realm, null, 'mfa'],
    queryFn: ({ signal }) => call<MfaState>(of(realm).api, 'get', of(realm).path, { signal }),
  });

export const startMfa = (realm: Realm, password: string) =>
  call<{ mfa: MfaSecret }>(of(realm).api, 'post', of(realm).path, { body: { password } });
export const confirmMfa = (realm: Realm, code: string) =>
  call<MfaState>(of(realm).api, 'post', `${of(realm).path}/confirm`, { body: { code: code.trim().replace(/\s/g, '') } });
export const stepMfa = (realm: Realm, typed: string) => call(of(realm).api, 'post', `${of(realm).path}/step`, { body: proofOf(typed) });
export const renewCodes = (realm: Realm, password: string, code: string) =>
  call<{ recovery_codes: string[] }>(of(realm).api, 'post', `${of(realm).path}/recovery-codes`, {
    body: { password, code: code.trim().replace(/\s/g, '') },
  });
export const endMfa = (realm: Realm, password: string, typed: string) =>
  call(of(realm).api, 'delete', of(realm).path, { body: { password, ...proofOf(typed) } });
