import type { Permission } from '#contracts/permissions.js';
import { t } from '../../lib/i18n';
import type { WebhookEventType } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { Choice, ChoiceGroup } from '../../components/form/inputs';
import { groupTypes, matchedTypes, takes, togglePattern } from './endpoint-rules';
import { EventSample } from './event-sample';
import css from './webhooks.module.css';

interface Props {
  id: string;
  catalogue: readonly WebhookEventType[];
  chosen: readonly string[];
  error: string | undefined;
  onChange: (chosen: string[]) => void;
}

/** Types by what they are about; a family or everything stands for its types of today and of later. */
export function EventPicker({ id, catalogue, chosen, error, onChange }: Props) {
  const here = useTenant();
  const mayRead = (types: readonly WebhookEventType[]): boolean => types.every(({ requires }) => here.can(requires as Permission));
  const isTaken = (type: string, by: (pattern: string) => boolean): boolean =>
    chosen.some((pattern) => by(pattern) && takes(pattern, type));
  const pattern = (value: string, label: string, types: readonly WebhookEventType[]) => {
    const covered = value !== '*' && chosen.includes('*');
    return (
      <Choice
        label={label}
        checked={covered || chosen.includes(value)}
        disabled={covered || (!chosen.includes(value) && !mayRead(types))}
        onChange={() => onChange(togglePattern(chosen, value))}
      />
    );
  };
  return (
    <ChoiceGroup legend={t('webhooks.events')} id={id} error={error}>
      <p className={css.matches} aria-live="polite">
        {[chosen.join(', '), t('webhooks.matches', { count: matchedTypes(chosen, catalogue).length })].filter(Boolean).join(': ')}
      </p>
      <div className={css.picker} tabIndex={0} role="group" aria-label={t('webhooks.events')}>
        {pattern('*', t('webhooks.all_events'), catalogue)}
        {groupTypes(catalogue).map(([group, types]) => (
          <div key={group} className={css.group}>
            {pattern(`${group}.*`, t('webhooks.all_of', { group }), types)}
            <div className={css.types}>
              {types.map((entry) => {
                const covered = isTaken(entry.type, (one) => one !== entry.type);
                const missing = !mayRead([entry]);
                return (
                  <div key={entry.type}>
                    <Choice
                      label={<code>{entry.type}</code>}
                      help={[
                        entry.summary,
                        ...(entry.emitted ? [] : [t('webhooks.not_yet')]),
                        ...(missing ? [t('webhooks.needs', { permission: entry.requires })] : []),
                      ].join(' · ')}
                      checked={covered || chosen.includes(entry.type)}
                      disabled={covered || (missing && !chosen.includes(entry.type))}
                      onChange={() => onChange(togglePattern(chosen, entry.type))}
                    />
                    <EventSample entry={entry} />
                  </div>
                );
              })}
            </div>
          </div>
        ))}
      </div>
    </ChoiceGroup>
  );
}
