import IconX from '@tabler/icons-react/icons/IconX';
import { Drawer as MantineDrawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { IconButton } from '../ui/button';
import { railClass, type Tone } from '../ui/status';
import './layers.css';
import css from './layers.module.css';
import { useFocusReturn } from './use-focus-return';

interface DrawerProps {
  title: ReactNode;
  onClose: () => void;
  /** State rail at the left edge. */
  tone?: Tone;
  side?: 'right' | 'left';
  size?: number;
  /** Nothing to fill in here. */
  focusTitle?: boolean;
  children: ReactNode;
}

/** From the right edge; a full page below 768 px. */
export function Drawer({ title, onClose, tone, side = 'right', size = 480, focusTitle = false, children }: DrawerProps) {
  useFocusReturn();
  return (
    <MantineDrawer.Root
      opened
      onClose={onClose}
      position={side}
      size={`min(${size}px, 100vw)`}
      padding={0}
      classNames={{ content: `${css.content} ${css.drawer} ${tone === undefined ? '' : railClass(tone)}`, overlay: css.overlay }}
    >
      <MantineDrawer.Overlay />
      <MantineDrawer.Content radius={0}>
        <div className={css.head}>
          {/* Without a field that asks for it, the focus goes to the title: it is read first and shows no ring. */}
          <MantineDrawer.Title className={css.title} tabIndex={-1} data-autofocus={focusTitle || undefined}>
            {title}
          </MantineDrawer.Title>
          <IconButton icon={IconX} label={t('close')} data-tip-side="start" onClick={onClose} />
        </div>
        <div className={css.body}>{children}</div>
      </MantineDrawer.Content>
    </MantineDrawer.Root>
  );
}
