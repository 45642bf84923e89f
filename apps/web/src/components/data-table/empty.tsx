import IconX from '@tabler/icons-react/icons/IconX';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { Button } from '../ui/button';
import { Icon, type IconType } from '../ui/icon';
import type { ListNav } from './use-list-nav';
import css from './data-table.module.css';

/** Nothing yet: one sentence what this is for, one primary action. */
export function Empty({ icon, text, action }: { icon: IconType; text: string; action?: ReactNode }) {
  return (
    <div className={css.empty}>
      <Icon of={icon} size={20} />
      <p>{text}</p>
      {action}
    </div>
  );
}

export interface ActiveFilter {
  key: string;
  label: string;
}

/** Nothing matches: the filters as removable chips. Null when no filter is set. */
export function filteredEmpty(what: string, filters: readonly ActiveFilter[], nav: ListNav): ReactNode {
  if (filters.length === 0) return undefined;
  const clear = Object.fromEntries(filters.map((filter) => [filter.key, undefined]));
  return (
    <div className={css.empty}>
      <p>{t('list.no_match', { what })}</p>
      <div className={css.chips}>
        {filters.map((filter) => (
          <button
            key={filter.key}
            type="button"
            className={css.chip}
            aria-label={t('list.remove_filter', { filter: filter.label })}
            onClick={() => nav.filter({ [filter.key]: undefined })}
          >
            {filter.label}
            <Icon of={IconX} />
          </button>
        ))}
      </div>
      <Button onClick={() => nav.filter(clear)}>{t('list.clear')}</Button>
    </div>
  );
}
