import { Injectable } from '@nestjs/common';
import { platformSecret, TokenRealm } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';

/** An empty secret would sign tokens that anybody can make. The start fills one in outside production, so this is a defect. */
function secretOf(config: Config): string {
  if (config.jwt_secret === '') throw new Error('JWT_SECRET is empty: it is read or made before the application starts');
  return config.jwt_secret;
}

/** Access tokens of people in tenants. */
@Injectable()
export class TenantTokens extends TokenRealm {
  constructor(config: Config, clock: Clock) {
    const previous = config.jwt_secret_previous;
    super('tenantry:tenant', [secretOf(config), ...(previous ? [previous] : [])], () => clock.now());
  }
}

/** Access tokens of platform staff: another key and another audience, so neither realm's token verifies in the other. */
@Injectable()
export class StaffTokens extends TokenRealm {
  constructor(config: Config, clock: Clock) {
    const previous = config.jwt_secret_previous;
    const current = platformSecret(secretOf(config), config.platform_jwt_secret);
    super('tenantry:platform', [current, ...(previous && !config.platform_jwt_secret ? [platformSecret(previous, '')] : [])], () =>
      clock.now(),
    );
  }
}
