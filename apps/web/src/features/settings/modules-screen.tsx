import IconPuzzle from '@tabler/icons-react/icons/IconPuzzle';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { errorText, refusalDetails, ApiError } from '../../lib/errors';
import { list } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import { useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { Empty } from '../../components/data-table/empty';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { moduleFacts, type ModuleFacts } from './module-facts';
import { patchSettings, settingsQuery, useSettingsChange } from './queries';
import { SettingsPage } from './settings-page';
import css from './settings.module.css';

const nameOf = (code: string, fallback = code): string => tryText(`module.${code}`, fallback);
const names = (codes: readonly string[]): string => list(codes.map((code) => nameOf(code)));

export function ModulesScreen() {
  const here = useTenant();
  const query = useQuery(settingsQuery(here));
  const change = useSettingsChange();
  const [busy, setBusy] = useState<string | null>(null);
  const set = async (one: ModuleFacts, on: boolean): Promise<void> => {
    await change.mutateAsync((api) =>
      patchSettings(
        api,
        on
          ? { modules: { [one.module_code]: true }, with_dependencies: true }
          : { modules: Object.fromEntries([one.module_code, ...one.dependents].map((code) => [code, false])) },
      ),
    );
    showToast({ tone: 'ok', text: t(on ? 'modules.is_on' : 'modules.is_off', { module: nameOf(one.module_code, one.name) }) });
  };
  const turnOn = async (one: ModuleFacts): Promise<void> => {
    setBusy(one.module_code);
    try {
      await set(one, true);
    } catch (cause) {
      const details = cause instanceof ApiError ? refusalDetails(cause.problem) : [];
      showToast({ tone: 'bad', text: [errorText(cause), ...details].join(' ') });
    } finally {
      setBusy(null);
    }
  };
  const turnOff = (one: ModuleFacts): void =>
    askConfirm({
      tier: 1,
      title: t('modules.off_title', { module: nameOf(one.module_code, one.name) }),
      consequence: one.needed_by.length === 0 ? t('modules.off_text') : t('modules.off_with', { list: names(one.needed_by) }),
      verb: t('modules.turn_off'),
      pendingText: t('working'),
      run: () => set(one, false),
    });
  const toggle = (one: ModuleFacts): void => {
    if (one.enabled) turnOff(one);
    else if (one.missing.length === 0) void turnOn(one);
    else
      askConfirm({
        tier: 1,
        harmless: true,
        title: t('modules.on_title', { module: nameOf(one.module_code, one.name) }),
        consequence: t('modules.on_with', { list: names(one.missing) }),
        verb: t('modules.turn_on_all'),
        pendingText: t('working'),
        run: () => set(one, true),
      });
  };
  const facts = query.data && moduleFacts(query.data.modules);
  const shown = facts && [...facts.filter((one) => !one.is_core), ...facts.filter((one) => one.is_core)];
  return (
    <SettingsPage>
      {query.isError && facts === undefined ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : shown === undefined ? (
        <Pending />
      ) : shown.length === 0 ? (
        <Empty icon={IconPuzzle} text={t('modules.empty')} />
      ) : (
        <Section title={t('settings.modules')} aside={<span>{t('modules.at_once')}</span>}>
          <ul>
            {shown.map((one) => (
              <ModuleRow
                key={one.module_code}
                one={one}
                writable={here.can('settings:write')}
                busy={busy === one.module_code}
                onToggle={() => toggle(one)}
              />
            ))}
          </ul>
        </Section>
      )}
    </SettingsPage>
  );
}

function ModuleRow({ one, writable, busy, onToggle }: { one: ModuleFacts; writable: boolean; busy: boolean; onToggle: () => void }) {
  const name = nameOf(one.module_code, one.name);
  const why =
    one.locked !== null
      ? t(`modules.locked.${one.locked}`)
      : one.reason === null
        ? null
        : tryText(`modules.reason.${one.reason}`, one.reason);
  return (
    <li className={css.module}>
      <div className={css.about}>
        <strong>{name}</strong>
        {why !== null && <small>{why}</small>}
        {one.depends_on.length > 0 && <small>{t('modules.needs_list', { list: names(one.depends_on) })}</small>}
        {one.needed_by.length > 0 && <small>{t('modules.needed_by_list', { list: names(one.needed_by) })}</small>}
      </div>
      <Status word={one.enabled || one.is_core ? 'on' : 'off'} />
      {writable && one.locked !== 'core' && (
        <Button
          aria-label={t(one.enabled ? 'modules.turn_off_one' : 'modules.turn_on_one', { module: name })}
          disabled={one.locked !== null}
          pending={busy}
          pendingText={t('working')}
          onClick={onToggle}
        >
          {t(one.enabled ? 'modules.turn_off' : 'modules.turn_on')}
        </Button>
      )}
    </li>
  );
}
