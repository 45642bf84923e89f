import { Injectable } from '@nestjs/common';
import { Config, ConfigRefused } from '#platform/config/index.js';
import { newId, PasswordHasher } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import type { Services } from '#platform/modules/index.js';
import { normalizeEmail, platformQueries } from '../identity/index.js';
import { staffRows } from './staff.repository.js';
import { startScope } from './staff-scope.js';

/** The first superuser, from FIRST_OWNER_EMAIL and FIRST_OWNER_PASSWORD. */
@Injectable()
export class FirstOwner {
  constructor(
    private readonly db: PlatformDb,
    private readonly hasher: PasswordHasher,
    private readonly config: Config,
    private readonly logger: Logger,
  ) {}

  /**
   * Made only while there is no platform user at all: an installation that somebody runs gets no second door by a variable that was left.
   * @throws ConfigRefused in production, when nobody is there and the variables do not say who
   */
  async ensure(): Promise<void> {
    const { first_owner_email, first_owner_password, production } = this.config;
    const scope = startScope();
    if (await staffRows.exists(platformQueries(this.db, scope))) return;
    const missing = [...(first_owner_email ? [] : ['FIRST_OWNER_EMAIL']), ...(first_owner_password ? [] : ['FIRST_OWNER_PASSWORD'])];
    if (missing.length) {
      if (production) throw new ConfigRefused(missing.map((name) => `${name} is required while there is no platform staff`));
      return;
    }
    const owner = {
      platform_user_id: newId(),
      email_normalized: normalizeEmail(first_owner_email),
      display_name: 'Owner',
      password_hash: await this.hasher.hash(first_owner_password),
      must_change_password: production,
    };
    const made = await this.db.run(scope, (tx) => staffRows.insertFirst(tx, owner));
    if (made) this.logger.security.warn({}, 'the first superuser was made from FIRST_OWNER_EMAIL');
  }
}

/** Called at each start, before the process listens. */
export const ensureFirstOwner = (services: Services): Promise<void> => services.get(FirstOwner).ensure();
