import type { PlatformScope } from '#platform/db/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Installation } from '#platform/installation/index.js';
import { MailSender } from '#platform/mail/index.js';
import type { Services } from '#platform/modules/index.js';
import { AuditService, statedReason } from '../modules/audit/index.js';
import { RestoredDeliveries } from '../modules/webhooks/index.js';
import { UsageError } from './usage-error.js';

const TARGET = { type: 'installation', id: 'database' } as const;

export interface OpenWork {
  readonly deliveries: number;
  readonly events: number;
  readonly mails: number;
}

/** What would go out. */
export async function openWork(services: Services, scope: PlatformScope): Promise<OpenWork> {
  const deliveries = services.get(RestoredDeliveries);
  return {
    deliveries: await deliveries.open(scope),
    events: await deliveries.notRelayed(),
    mails: await services.get(MailSender).open(scope),
  };
}

/**
 * Opens a restored database to the outside. What is older than `hold_before` is held first: receivers have had it from the original.
 * @param given ISO time; absent: when it was first seen that the database is a restored one, so all that came with it
 * @throws UsageError when it is not restored, Problem reason_required
 */
export async function activateRestored(
  services: Services,
  scope: PlatformScope,
  { reason, given }: { readonly reason: string; readonly given: string | undefined },
): Promise<{ readonly deliveries: number; readonly mails: number; readonly hold_before: Date }> {
  const stated = statedReason(reason);
  const since = await services.get(Installation).restoredSince();
  if (since === null) throw new UsageError('This database is the one that was activated: there is nothing to do');
  const hold_before = given === undefined ? since : new Date(given);
  if (Number.isNaN(hold_before.getTime())) throw new UsageError('--hold-before is a time, as 2026-03-01T12:00:00Z');
  const deliveries = await services.get(RestoredDeliveries).hold(scope, hold_before);
  const mails = await services.get(MailSender).holdRestored(scope, hold_before);
  await services.get(PlatformDb).run(scope, async (tx) => {
    await services.get(Installation).activate(tx);
    await services.get(AuditService).record(tx, 'installation.activated', {
      targets: [TARGET],
      changes: [
        { field: 'hold_before', to: hold_before.toISOString() },
        { field: 'held_deliveries', to: deliveries },
        { field: 'held_mails', to: mails },
      ],
      reason: stated,
    });
  });
  return { deliveries, mails, hold_before };
}

/** Mails that were held by the activation go after all. @returns how many */
export async function releaseRestoredMails(services: Services, scope: PlatformScope, reason: string): Promise<number> {
  const stated = statedReason(reason);
  const mails = await services.get(MailSender).releaseRestored(scope);
  await services
    .get(PlatformDb)
    .run(scope, (tx) =>
      services
        .get(AuditService)
        .record(tx, 'installation.mails_released', { targets: [TARGET], changes: [{ field: 'mails', to: mails }], reason: stated }),
    );
  return mails;
}
