import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/db/index.js';
import { Registry, type ProvisioningStep, type StepContext } from '#platform/modules/index.js';
import { PURGE_STEPS } from './purge-steps.js';
import { TEMPLATE_APPLIED, TEMPLATE_STEP_KEYS } from './template-steps.js';

export const JOB_KINDS = ['tenant_create', 'apply_template', 'tenant_purge'] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export type StepOutput = Readonly<Record<string, unknown>>;

/**
 * Work that is too long for one transaction. Each batch commits with how far the step has come, so a worker that is killed goes on from
 * there and counts nothing twice.
 */
export interface BatchStep {
  readonly key: string;
  /** Of one batch. */
  readonly timeout_ms: number;
  readonly kind: 'batches';
  /** @param done what the last batch returned, `{}` at first. */
  batch(tx: Tx, context: StepContext, done: StepOutput): Promise<{ readonly finished: boolean; readonly done: StepOutput }>;
}
export type JobStep = ProvisioningStep | BatchStep;

export interface KindOfJob {
  readonly steps: readonly JobStep[];
  /** On a final failure before the pivot everything done is taken back. Otherwise the job fails where it stands and goes on from there. */
  readonly compensates: boolean;
}

/** Which steps a job has. Those that make a tenant come from the manifests; the other kinds are this module's own. */
@Injectable()
export class JobKinds {
  private readonly kinds: Readonly<Record<JobKind, KindOfJob>>;

  constructor({ pipeline }: Registry) {
    this.kinds = {
      tenant_create: { steps: pipeline, compensates: true },
      apply_template: { steps: [...pipeline.filter(({ key }) => TEMPLATE_STEP_KEYS.has(key)), TEMPLATE_APPLIED], compensates: false },
      tenant_purge: { steps: PURGE_STEPS, compensates: false },
    };
  }

  of(kind: string): KindOfJob {
    const known = (JOB_KINDS as readonly string[]).includes(kind) ? this.kinds[kind as JobKind] : null;
    if (!known) throw new Error(`this release knows no job ${kind}`);
    return known;
  }
}
