import IconCircle from '@tabler/icons-react/icons/IconCircle';
import IconCircleFilled from '@tabler/icons-react/icons/IconCircleFilled';
import IconCircleHalf2 from '@tabler/icons-react/icons/IconCircleHalf2';
import IconLock from '@tabler/icons-react/icons/IconLock';
import { t, tryText, type MessageKey } from '../../lib/i18n';
import { COMMON_ACTIONS, impliedNames, matrixOf, type MatrixRow } from '../../lib/matrix';
import type { PermissionRow } from '../../lib/types';
import { Icon, type IconType } from '../ui/icon';
import css from './matrix.module.css';

type CellState = 'held' | 'implied' | 'none' | 'locked';
const MARKS: Readonly<Record<CellState, IconType>> = {
  held: IconCircleFilled,
  implied: IconCircleHalf2,
  none: IconCircle,
  locked: IconLock,
};
const WORDS: Readonly<Record<CellState, MessageKey>> = {
  held: 'matrix.held',
  implied: 'matrix.implied',
  none: 'matrix.none',
  locked: 'matrix.locked',
};

interface MatrixProps {
  catalogue: readonly PermissionRow[];
  chosen: ReadonlySet<string>;
  /** Another role to compare with: cells that differ are marked. */
  other?: { name: string; permissions: ReadonlySet<string> };
  /** Absent: read only. */
  onToggle?: (name: string) => void;
}

/** Resource × action. Each cell says its name and state in words; below 768 px one block per resource. */
export function PermissionMatrix({ catalogue, chosen, other, onToggle }: MatrixProps) {
  const names = catalogue.map((row) => row.permission_id);
  const implied = impliedNames(chosen, names);
  const held = new Set<string>(catalogue.filter((row) => row.held).map((row) => row.permission_id));
  const entries = new Map<string, PermissionRow>(catalogue.map((row) => [row.permission_id, row]));
  const stateOf = (name: string): CellState => {
    if (implied.has(name)) return 'implied';
    if (chosen.has(name)) return 'held';
    return onToggle !== undefined && !held.has(name) ? 'locked' : 'none';
  };
  const cell = (name: string, withWord: boolean) => {
    const state = stateOf(name);
    const entry = entries.get(name);
    const differs = other !== undefined && other.permissions.has(name) !== (state === 'held' || state === 'implied');
    const action = tryText(`action.${name.split(':')[1]}`, name.split(':')[1] ?? name);
    // What I do not hold I can neither give nor take.
    const fixed = onToggle === undefined || state === 'implied' || !held.has(name);
    const what = `${action}: ${entry?.description ?? name}`;
    const label = [what, t(WORDS[state]), differs && t('matrix.differs', { role: other.name })].filter(Boolean).join(', ');
    const content = (
      <>
        <Icon of={MARKS[state]} />
        <span className={withWord ? undefined : css.small}>{action}</span>
        {entry?.dangerous === true && <span className={css.dangerous} title={t('matrix.dangerous')} aria-hidden />}
      </>
    );
    const className = `${css.cell} ${css[state]} ${differs ? css.differs : ''}`;
    return fixed ? (
      <span key={name} className={className} role="img" aria-label={label} tabIndex={0} data-tip={label}>
        {content}
      </span>
    ) : (
      <button
        key={name}
        type="button"
        className={className}
        aria-pressed={state === 'held'}
        aria-label={what}
        data-tip={label}
        onClick={() => onToggle(name)}
      >
        {content}
      </button>
    );
  };
  return (
    <>
      <table className={css.matrix} role="table">
        <caption className="sr-only">{t('matrix.caption')}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {t('matrix.resource')}
            </th>
            {COMMON_ACTIONS.map((action) => (
              <th key={action} role="columnheader" scope="col">
                {t(`action.${action}`)}
              </th>
            ))}
            <th role="columnheader" scope="col">
              {t('matrix.others')}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {matrixOf(names).map((row: MatrixRow) => (
            <tr key={row.resource} role="row">
              <th role="rowheader" scope="row">
                {tryText(`resource.${row.resource}`, row.resource)}
              </th>
              {COMMON_ACTIONS.map((action) => {
                const name = row.common[action];
                return (
                  <td key={action} role="cell" className={name === undefined ? css.blank : undefined}>
                    {name !== undefined && cell(name, false)}
                  </td>
                );
              })}
              <td role="cell" className={row.others.length === 0 ? css.blank : css.others}>
                {row.others.map(({ name }) => cell(name, true))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Legend editable={onToggle !== undefined} />
    </>
  );
}

function Legend({ editable }: { editable: boolean }) {
  const states: CellState[] = editable ? ['held', 'implied', 'none', 'locked'] : ['held', 'implied', 'none'];
  return (
    <ul className={css.legend}>
      {states.map((state) => (
        <li key={state} className={css[state]}>
          <Icon of={MARKS[state]} />
          {t(WORDS[state])}
        </li>
      ))}
      <li>
        <span className={css.dangerous} aria-hidden />
        {t('matrix.dangerous')}
      </li>
    </ul>
  );
}
