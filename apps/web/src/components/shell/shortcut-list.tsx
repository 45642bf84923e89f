import { t } from '../../lib/i18n';
import { listShortcuts } from '../../lib/shortcuts';
import { Dialog } from '../layers/dialog';
import { Facts } from '../ui/layout';
import css from './keys.module.css';

export function ShortcutList({ onClose }: { onClose: () => void }) {
  const rows = listShortcuts().map(
    (shortcut) =>
      [
        t(shortcut.label),
        <span key={shortcut.id} className={css.keys}>
          {shortcut.keys.split(' ').map((key) => (
            <kbd key={key} className={css.key}>
              {key.replace('mod+', '⌘/Ctrl + ')}
            </kbd>
          ))}
        </span>,
      ] as const,
  );
  return (
    <Dialog title={t('shortcut.list')} focusTitle onClose={onClose}>
      <Facts items={rows} />
    </Dialog>
  );
}
