import IconCheck from '@tabler/icons-react/icons/IconCheck';
import IconCopy from '@tabler/icons-react/icons/IconCopy';
import { useState } from 'react';
import { t } from '../../lib/i18n';
import { Button } from '../../components/ui/button';
import { copyText } from '../../components/ui/copy-id';
import css from './webhooks.module.css';

/** Text for machines, with the button that copies it. */
export function CodeBlock({ code, copy, label, wrap = false }: { code: string; copy: string; label: string; wrap?: boolean }) {
  return (
    <div className={css.block}>
      <pre className={wrap ? `${css.code} ${css.wrap}` : css.code} tabIndex={0} aria-label={label}>
        {code}
      </pre>
      <CopyButton text={code} label={copy} />
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button variant="quiet" icon={copied ? IconCheck : IconCopy} onClick={() => void copyText(text).then(setCopied)}>
      {copied ? t('copy.done') : label}
    </Button>
  );
}
