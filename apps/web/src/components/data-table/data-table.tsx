import type { UseQueryResult } from '@tanstack/react-query';
import IconChevronLeft from '@tabler/icons-react/icons/IconChevronLeft';
import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import type { Page } from '../../lib/types';
import { ErrorBlock } from '../states/error-block';
import { Button } from '../ui/button';
import { toneClass, type Tone } from '../ui/status';
import type { ListNav } from './use-list-nav';
import css from './data-table.module.css';

export interface Column<T> {
  id: string;
  head: string;
  /** Place below 768 px: identity and status on the first line, two facts on the second, the rest only in the drawer. */
  slot: 'identity' | 'status' | 'fact' | 'extra' | 'acts';
  align?: 'end';
  /** The head is for screen readers only: a column of buttons. */
  headless?: boolean;
  cell: (row: T) => ReactNode;
}

interface DataTableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  query: UseQueryResult<Page<T>>;
  rowKey: (row: T) => string;
  /** Colour of the state rail; undefined: none. */
  tone?: (row: T) => Tone | undefined;
  empty: ReactNode;
  /** Some filter is set: an empty answer means "no match". */
  filtered?: ReactNode;
  nav?: ListNav;
}

const SKELETON_ROWS = 6;

export function DataTable<T>({ caption, columns, query, rowKey, tone, empty, filtered, nav }: DataTableProps<T>) {
  if (query.isError && query.data === undefined) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  const rows = query.data?.data;
  if (rows !== undefined && rows.length === 0 && nav?.place.cursor === undefined) return filtered ?? empty;
  return (
    <>
      {query.isFetching && rows !== undefined && <div className={css.refetch} aria-hidden />}
      <table className={css.table} role="table" aria-busy={rows === undefined}>
        <caption className="sr-only">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.id} role="columnheader" scope="col" className={column.align && css.end}>
                {column.headless ? <span className="sr-only">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows === undefined
            ? Array.from({ length: SKELETON_ROWS }, (_, index) => (
                <tr key={index} role="row" className={css.skeleton} aria-hidden>
                  {columns.map((column) => (
                    <td key={column.id} className={css[column.slot]}>
                      <span />
                    </td>
                  ))}
                </tr>
              ))
            : rows.map((row) => {
                const rail = tone?.(row);
                return (
                  <tr key={rowKey(row)} role="row" className={rail === undefined ? undefined : `${css.railed} ${toneClass(rail)}`}>
                    {columns.map((column) => (
                      <td key={column.id} role="cell" className={`${css[column.slot]} ${column.align ? css.end : ''}`}>
                        {column.cell(row)}
                      </td>
                    ))}
                  </tr>
                );
              })}
        </tbody>
      </table>
      {rows !== undefined && <Foot shown={rows.length} next={query.data?.next_cursor ?? null} nav={nav} />}
    </>
  );
}

function Foot({ shown, next, nav }: { shown: number; next: string | null; nav: ListNav | undefined }) {
  const paged = nav !== undefined && (next !== null || nav.place.cursor !== undefined);
  return (
    <div className={css.foot}>
      <span aria-live="polite">{t('list.shown', { count: shown })}</span>
      {paged && (
        <>
          <Button variant="quiet" icon={IconChevronLeft} disabled={nav.place.cursor === undefined} onClick={nav.newer} data-page="newer">
            {t('list.newer')}
          </Button>
          <Button variant="quiet" disabled={next === null} onClick={() => next !== null && nav.older(next)} data-page="older">
            {t('list.older')}
            <IconChevronRight size={16} stroke={1.5} aria-hidden />
          </Button>
          <label>
            {t('list.limit')}
            <select value={nav.limit ?? 25} onChange={(event) => nav.setLimit(event.currentTarget.value)}>
              {['25', '50', '100'].map((limit) => (
                <option key={limit}>{limit}</option>
              ))}
            </select>
          </label>
        </>
      )}
    </div>
  );
}
