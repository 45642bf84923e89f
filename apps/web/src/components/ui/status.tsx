import IconAlertTriangle from '@tabler/icons-react/icons/IconAlertTriangle';
import IconCheck from '@tabler/icons-react/icons/IconCheck';
import IconClock from '@tabler/icons-react/icons/IconClock';
import IconDots from '@tabler/icons-react/icons/IconDots';
import IconMinus from '@tabler/icons-react/icons/IconMinus';
import type { ReactNode } from 'react';
import { tryText } from '../../lib/i18n';
import { Icon, type IconType } from './icon';
import { IconOctagonX } from './octagon-x';
import css from './status.module.css';

export type Tone = 'ok' | 'wait' | 'bad' | 'run' | 'off' | 'attention';

const ICONS: Readonly<Record<Tone, IconType>> = {
  ok: IconCheck,
  wait: IconClock,
  bad: IconOctagonX,
  run: IconDots,
  off: IconMinus,
  attention: IconAlertTriangle,
};

/** Words of the API that mean the same tone everywhere. */
const TONES: Readonly<Record<string, Tone>> = {
  active: 'ok',
  success: 'ok',
  succeeded: 'ok',
  done: 'ok',
  accepted: 'ok',
  sent: 'ok',
  on: 'ok',
  pending: 'wait',
  queued: 'wait',
  waiting: 'wait',
  trial: 'wait',
  trialing: 'wait',
  past_due: 'attention',
  invited: 'wait',
  provisioning: 'run',
  running: 'run',
  compensating: 'run',
  info: 'off',
  failed: 'bad',
  suspended: 'bad',
  denied: 'bad',
  critical: 'bad',
  expired: 'off',
  revoked: 'off',
  removed: 'off',
  archived: 'off',
  draft: 'off',
  hidden: 'off',
  cancelled: 'off',
  disabled: 'off',
  skipped: 'off',
  compensated: 'off',
  inactive: 'off',
  off: 'off',
  warning: 'attention',
};

export const toneOf = (word: string): Tone => TONES[word] ?? 'off';
export const toneClass = (tone: Tone): string => css[tone] ?? '';
export const railClass = (tone: Tone): string => `${css.rail} ${css[tone]}`;

/** Icon and word always; colour third. `word` is the API's word, its text `status.<word>`. */
export function Status({
  word,
  tone = toneOf(word),
  chip = false,
  children,
}: {
  word: string;
  tone?: Tone;
  chip?: boolean;
  children?: ReactNode;
}) {
  return (
    <span className={`${css.status} ${css[tone]} ${chip ? css.chip : ''} ${tone === 'run' ? css.running : ''}`}>
      <Icon of={ICONS[tone]} />
      {children ?? tryText(`status.${word}`, word)}
    </span>
  );
}
