import { useRef, useState } from 'react';
import { t } from '../../lib/i18n';
import { Choice } from '../form/inputs';
import { Button } from '../ui/button';
import { copyText } from '../ui/copy-id';
import css from './secret-once.module.css';

interface SecretValueProps {
  value: string;
  /** What the downloaded file is called and says. */
  file: { name: string; text: string; label: string };
  /** Several lines: recovery codes. */
  rows?: number;
  stored: boolean;
  onStored: (stored: boolean) => void;
}

/** The secret itself with what keeps it: copy, file, "I have stored it". Without a clipboard the text is selected instead. */
export function SecretValue({ value, file, rows = 1, stored, onStored }: SecretValueProps) {
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    if (await copyText(value)) setCopied(true);
    else field.current?.select();
  };
  const download = (): void => {
    const url = URL.createObjectURL(new Blob([file.text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = file.name;
    link.click();
    URL.revokeObjectURL(url);
  };
  const shared = { ref: field, className: css.value, readOnly: true, value, 'aria-label': t('secret.ready'), autoComplete: 'off' };
  return (
    <div className={css.whole}>
      {rows === 1 ? (
        <input {...shared} onFocus={(event) => event.currentTarget.select()} />
      ) : (
        <textarea {...shared} rows={rows} onFocus={(event) => event.currentTarget.select()} />
      )}
      <div className={css.acts}>
        <Button onClick={() => void copy()}>{copied ? t('copy.done') : t('secret.copy')}</Button>
        <Button onClick={download}>{file.label}</Button>
      </div>
      <Choice label={t('secret.stored')} checked={stored} onChange={onStored} />
    </div>
  );
}
