import { exactTime } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import type { AuditRow } from '../../lib/types';
import type { ListNav } from '../data-table/use-list-nav';
import { Drawer } from '../layers/drawer';
import { Button } from '../ui/button';
import { CopyId } from '../ui/copy-id';
import { Facts, Note, Row, Section } from '../ui/layout';
import { Status, toneOf } from '../ui/status';
import { actionWords, actorDetail, actorName } from './words';
import css from './audit.module.css';

interface Props {
  row: AuditRow;
  nav: ListNav;
  zone?: string;
  tenantName?: (id: string) => string;
}

/** One entry: who, what, on what, and the values before and after. */
export function AuditDrawer({ row, nav, zone, tenantName }: Props) {
  const close = (): void => nav.open({ event: undefined });
  const facts: (readonly [string, React.ReactNode])[] = [
    [t('audit.action'), <code key="action">{row.action}</code>],
    [t('audit.outcome'), <Status key="outcome" word={row.outcome} />],
    [t('audit.severity'), <Status key="severity" word={row.severity} />],
    [t('audit.time'), exactTime(row.occurred_at, zone)],
    [t('audit.actor'), [actorName(row), row.actor.role, actorDetail(row)].filter(Boolean).join(' · ')],
    ...(row.impersonator == null ? [] : [[t('audit.impersonator'), row.impersonator.label ?? row.impersonator.id] as const]),
    ...(tenantName === undefined ? [] : [[t('platform.tenant'), tenantName(row.tenant_id)] as const]),
    ...(row.reason ? [[t('confirm.reason'), row.reason] as const] : []),
    ...(row.ip ? [[t('audit.ip'), <code key="ip">{row.ip}</code>] as const] : []),
    ...(row.request_id
      ? [[t('error.request_id'), <CopyId key="request" id={row.request_id} label={t('error.request_id')} />] as const]
      : []),
    [t('audit.event_id'), <CopyId key="id" id={row.audit_event_id} />],
  ];
  return (
    <Drawer
      title={actionWords(row.action)}
      tone={row.outcome === 'success' ? toneOf(row.severity === 'info' ? 'success' : row.severity) : 'bad'}
      size={560}
      focusTitle
      onClose={close}
    >
      <Facts items={facts} />
      <Section title={t('audit.targets')}>
        <Facts
          items={row.targets.map(
            (target) =>
              [
                `${tryText(`target.${target.type}`, target.type)}${target.label ? ` ${target.label}` : ''}`,
                <CopyId key={target.id} id={target.id} />,
              ] as const,
          )}
        />
      </Section>
      <Section title={t('audit.changes')}>
        {row.changes == null || row.changes.length === 0 ? <Note>{t('audit.no_changes')}</Note> : <Changes changes={row.changes} />}
      </Section>
      <div className={css.more}>
        <Row>
          <Button onClick={() => nav.filter({ event: undefined, actor: row.actor.id })}>{t('audit.same_actor')}</Button>
          <Button onClick={() => nav.filter({ event: undefined, action: row.action })}>{t('audit.same_action')}</Button>
        </Row>
      </div>
    </Drawer>
  );
}

/** A value the way a person writes it: lists with commas, parts of an object line by line. */
function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return t('audit.nothing');
  if (Array.isArray(value)) return value.length === 0 ? t('audit.nothing') : value.map(shown).join(', ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([key, part]) => `${key}: ${shown(part)}`)
      .join('\n');
  return String(value);
}

function Changes({ changes }: { changes: NonNullable<AuditRow['changes']> }) {
  return (
    <table className={css.changes}>
      <caption className="sr-only">{t('audit.changes')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('audit.field')}</th>
          <th scope="col">{t('audit.before')}</th>
          <th scope="col">{t('audit.after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">
              <code>{change.field}</code>
            </th>
            <td>
              <del>{shown(change.from)}</del>
            </td>
            <td>
              <ins>{shown(change.to)}</ins>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
