import IconX from '@tabler/icons-react/icons/IconX';
import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { IconButton } from '../ui/button';
import './layers.css';
import css from './layers.module.css';

interface DialogProps {
  title: string;
  onClose: () => void;
  /** Neither Escape nor a click outside nor a cross: only its own buttons end it. */
  locked?: boolean;
  size?: number;
  /** Nothing to fill in and nothing to choose: the title is read first. */
  focusTitle?: boolean;
  children: ReactNode;
  actions?: ReactNode;
}

export function Dialog({ title, onClose, locked = false, size = 480, focusTitle = false, children, actions }: DialogProps) {
  return (
    <Modal.Root
      opened
      onClose={onClose}
      size={size}
      closeOnEscape={!locked}
      closeOnClickOutside={!locked}
      yOffset="12dvh"
      padding={0}
      classNames={{ content: css.content, overlay: css.overlay }}
    >
      <Modal.Overlay />
      <Modal.Content radius={6}>
        <div className={css.head}>
          <Modal.Title className={css.title} tabIndex={-1} data-autofocus={focusTitle || undefined}>
            {title}
          </Modal.Title>
          {!locked && <IconButton icon={IconX} label={t('close')} data-tip-side="start" onClick={onClose} />}
        </div>
        <div className={css.body}>{children}</div>
        {actions !== undefined && <div className={css.actions}>{actions}</div>}
      </Modal.Content>
    </Modal.Root>
  );
}
