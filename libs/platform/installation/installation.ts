import { Injectable } from '@nestjs/common';
import { PlatformDb, type Tx } from '../db/index.js';
import { platformScope } from '../queue/index.js';
import { isSameDatabase } from './database-identity.js';
import { InstallationRepository, type InstallationState } from './installation.repository.js';

/**
 * Is this the database that was activated, or a copy of it: a restore, a promoted standby, a dump beside the original? A copy would send
 * again what the original has sent, so nothing goes out of it until somebody activates it. Nobody has to remember a switch: it is seen.
 */
@Injectable()
export class Installation {
  readonly #scope = platformScope('installation');

  constructor(
    private readonly platform: PlatformDb,
    private readonly repository: InstallationRepository,
  ) {}

  /** @returns null: it is the one, or a new one; else when that was first seen to be otherwise */
  restoredSince(): Promise<Date | null> {
    return this.platform.run(this.#scope, async (tx) => {
      const running = await this.repository.running(tx);
      if (!(await this.repository.read(tx))) await this.repository.adopt(tx, running);
      const { restored_at, ...recorded } = await this.#state(tx);
      if (isSameDatabase(recorded, running)) return null;
      if (restored_at) return restored_at;
      await this.repository.noteRestored(tx);
      return (await this.#state(tx)).restored_at;
    });
  }

  /** From now on this is the one. Processes that work see it within a minute. */
  async activate(tx: Tx): Promise<void> {
    await this.repository.activate(tx, await this.repository.running(tx));
  }

  async #state(tx: Tx): Promise<InstallationState> {
    const state = await this.repository.read(tx);
    if (!state) throw new Error('nobody has said which database this is');
    return state;
  }
}
