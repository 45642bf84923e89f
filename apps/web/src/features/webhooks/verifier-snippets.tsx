import { useId, useState, type KeyboardEvent } from 'react';
import { verifierSnippets } from '#webhook-verify/snippets.js';
import { t } from '../../lib/i18n';
import { Note } from '../../components/ui/layout';
import { CodeBlock } from './code-block';
import css from './webhooks.module.css';

const SNIPPETS = verifierSnippets();

/** One verifier a language. Arrow keys go from tab to tab. */
export function VerifierSnippets() {
  const id = useId();
  const [at, setAt] = useState(0);
  const shown = SNIPPETS[at];
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = (at + step + SNIPPETS.length) % SNIPPETS.length;
    setAt(next);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
    event.preventDefault();
  };
  return (
    <div className={css.block}>
      <Note>{t('webhooks.snippets_text')}</Note>
      <div role="tablist" aria-label={t('webhooks.snippets')} className={css.tabs} onKeyDown={move}>
        {SNIPPETS.map((snippet, index) => (
          <button
            key={snippet.id}
            type="button"
            role="tab"
            id={`${id}-${snippet.id}`}
            aria-selected={index === at}
            aria-controls={`${id}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => setAt(index)}
          >
            {snippet.label}
          </button>
        ))}
      </div>
      {shown !== undefined && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown.id}`} className={css.block}>
          <CodeBlock key={shown.id} code={shown.code} copy={t('webhooks.copy_code')} label={shown.file} />
        </div>
      )}
    </div>
  );
}
