import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/crypto/index.js';
import { Registry } from '#platform/modules/index.js';
import { judgeRights, type JudgedRights, type JudgedRow } from './judged-rights.js';
import type { RightsRow } from './rights.repository.js';

/** Of a person or of the owner of a key. */
export type ReadRow = JudgedRow & Pick<RightsRow, 'assignments' | 'modules' | 'features' | 'mfa_required'>;

/** `judgeRights` with the clock and with the modules that this release is built of. */
@Injectable()
export class RightsJudge {
  private readonly registered: ReadonlySet<string>;

  constructor(
    private readonly clock: Clock,
    registry: Registry,
  ) {
    this.registered = new Set(registry.modules.filter((module) => module.built).map((module) => module.module_code));
  }

  judge(row: ReadRow): JudgedRights {
    const { assignments, modules, features, mfa_required } = row;
    if (!assignments || !modules || !features) throw new Error('the versions are known and the rights are not');
    return judgeRights(row, { assignments, modules, features, mfa_required: mfa_required === true }, this.registered, this.clock.now());
  }
}
