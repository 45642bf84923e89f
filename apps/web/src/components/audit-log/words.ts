import { tryText } from '../../lib/i18n';
import type { AuditRow } from '../../lib/types';

/** The action in words when there are some; the code stands beside it anyway. */
export const actionWords = (action: string): string => tryText(`audit.${action}`, action.replace('.', ' ').replaceAll('_', ' '));
const kindOf = (row: AuditRow): string => tryText(`actor.${row.actor.type}`, row.actor.type);
/** People and keys by name; the system by what it is, its part beside it. */
export const actorName = (row: AuditRow): string => (isMachine(row) ? kindOf(row) : (row.actor.label ?? kindOf(row)));
/** Second line of an actor: the part of the system, or what kind of actor it is when that is not a member. */
export const actorDetail = (row: AuditRow): string | null =>
  isMachine(row) ? row.actor.label : row.actor.type === 'user' ? null : kindOf(row);
const isMachine = (row: AuditRow): boolean => row.actor.type === 'system' || row.actor.type === 'machine';
export const targetWords = (row: AuditRow): string =>
  row.targets.map((target) => target.label ?? tryText(`target.${target.type}`, target.type)).join(', ');
