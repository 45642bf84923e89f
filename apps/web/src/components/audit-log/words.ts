import { tryText } from '../../lib/i18n';
import type { AuditRow } from '../../lib/types';

/** The action in words when there are some; the code stands beside it anyway. */
export const actionWords = (action: string): string => tryText(`audit.${action}`, action.replace('.', ' ').replaceAll('_', ' '));
export const actorName = (row: AuditRow): string => row.actor.label ?? tryText(`actor.${row.actor.type}`, row.actor.type);
export const targetWords = (row: AuditRow): string => row.targets.map((target) => target.label ?? tryText(`target.${target.type}`, target.type)).join(', ');
