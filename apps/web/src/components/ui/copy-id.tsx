import IconCheck from '@tabler/icons-react/icons/IconCheck';
import IconCopy from '@tabler/icons-react/icons/IconCopy';
import { useEffect, useState } from 'react';
import { shortId } from '../../lib/format';
import { t } from '../../lib/i18n';
import { Icon } from './icon';
import css from './copy-id.module.css';

/** False without the clipboard (plain http, refused permission): the caller selects the text instead. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** An identifier: mono, middle-shortened, copied by the button that shows on hover and focus. */
export function CopyId({ id, whole = false, label }: { id: string; whole?: boolean; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <span className={`${css.id} ${whole ? css.always : ''}`}>
      <span title={id}>{whole ? id : shortId(id)}</span>
      <button
        type="button"
        className={css.copy}
        aria-label={copied ? t('copy.done') : t('copy.what', { what: label ?? id })}
        onClick={() => void copyText(id).then(setCopied)}
      >
        <Icon of={copied ? IconCheck : IconCopy} />
      </button>
    </span>
  );
}
