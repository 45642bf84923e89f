import IconChevronDown from '@tabler/icons-react/icons/IconChevronDown';
import IconSearch from '@tabler/icons-react/icons/IconSearch';
import IconX from '@tabler/icons-react/icons/IconX';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';
import type { ListNav } from './use-list-nav';
import css from './filter-bar.module.css';

const TYPING_MS = 250;

export interface Pick {
  key: string;
  /** Name of the filter; also the entry that means "any". */
  label: string;
  options: readonly { value: string; label: string }[];
}

interface FilterBarProps {
  nav: ListNav;
  search?: { key: string; label: string };
  picks?: readonly Pick[];
  children?: ReactNode;
}

export function FilterBar({ nav, search, picks = [], children }: FilterBarProps) {
  const keys = [...(search === undefined ? [] : [search.key]), ...picks.map((pick) => pick.key)];
  const active = keys.some((key) => nav.search[key] !== undefined);
  return (
    <div className={css.bar} role="search">
      {search !== undefined && <SearchField key={search.key} nav={nav} name={search.key} label={search.label} />}
      {picks.map((pick) => (
        <label key={pick.key} className={nav.search[pick.key] === undefined ? css.pick : `${css.pick} ${css.set}`}>
          <span className="sr-only">{pick.label}</span>
          <select
            value={nav.search[pick.key] ?? ''}
            onChange={(event) => nav.filter({ [pick.key]: event.currentTarget.value || undefined })}
          >
            <option value="">{pick.label}</option>
            {pick.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon of={IconChevronDown} />
        </label>
      ))}
      {children}
      {active && (
        <Button variant="quiet" icon={IconX} onClick={() => nav.filter(Object.fromEntries(keys.map((key) => [key, undefined])))}>
          {t('list.clear')}
        </Button>
      )}
    </div>
  );
}

/** Typing replaces the history entry after 250 ms; the query's own signal cancels the call before. */
function SearchField({ nav, name, label }: { nav: ListNav; name: string; label: string }) {
  const written = nav.search[name] ?? '';
  const [text, setText] = useState(written);
  const sent = useRef(written);
  useEffect(() => {
    // Back, or "clear filters": the field follows the URL.
    if (written !== sent.current) {
      sent.current = written;
      setText(written);
    }
  }, [written]);
  useEffect(() => {
    if (text.trim() === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = text.trim();
      nav.filter({ [name]: sent.current }, { replace: true });
    }, TYPING_MS);
    return () => clearTimeout(timer);
    // `nav` is new on each render; the text decides.
  }, [text, name]);
  return (
    <div className={css.search}>
      <Icon of={IconSearch} />
      <input
        type="search"
        value={text}
        aria-label={label}
        placeholder={label}
        maxLength={200}
        data-search
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (text === '') event.currentTarget.blur();
          else setText('');
          event.preventDefault();
        }}
      />
    </div>
  );
}
