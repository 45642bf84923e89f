import { t } from '../../lib/i18n';
import { ALL_STORES, type Store, type StoreScope } from '../../lib/types';
import { Choice, ChoiceGroup } from '../form/inputs';
import css from './scope.module.css';

/** All stores, or the chosen ones. Choosing none is an error, never "all". */
export function ScopeField({
  id,
  legend,
  scope,
  stores,
  error,
  onChange,
}: {
  id: string;
  legend: string;
  scope: StoreScope;
  stores: readonly Store[];
  error: string | undefined;
  onChange: (scope: StoreScope) => void;
}) {
  const chosen = scope.mode === 'selected' ? scope.store_ids : [];
  const toggle = (storeId: string, on: boolean): void =>
    onChange({ mode: 'selected', store_ids: on ? [...chosen, storeId] : chosen.filter((one) => one !== storeId) });
  return (
    <ChoiceGroup id={id} legend={legend} error={error}>
      <Choice
        type="radio"
        name={`${id}-mode`}
        label={t('scope.all')}
        checked={scope.mode === 'all'}
        onChange={() => onChange(ALL_STORES)}
      />
      <Choice
        type="radio"
        name={`${id}-mode`}
        label={t('scope.chosen')}
        help={t('scope.chosen_help')}
        checked={scope.mode === 'selected'}
        onChange={() => onChange({ mode: 'selected', store_ids: [] })}
      />
      {scope.mode === 'selected' && (
        <div className={css.stores}>
          {stores.map((store) => (
            <Choice
              key={store.store_id}
              label={
                <>
                  {store.name} <code>{store.code}</code>
                </>
              }
              checked={chosen.includes(store.store_id)}
              onChange={(on) => toggle(store.store_id, on)}
            />
          ))}
        </div>
      )}
    </ChoiceGroup>
  );
}

export const scopeError = (scope: StoreScope): string | undefined =>
  scope.mode === 'selected' && scope.store_ids.length === 0 ? t('scope.choose_one') : undefined;
