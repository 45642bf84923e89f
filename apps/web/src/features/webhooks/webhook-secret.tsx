import { verifierSnippets } from '#webhook-verify/snippets.js';
import { t } from '../../lib/i18n';
import { SecretOnce } from '../../components/secret-once/secret-once';
import css from './webhooks.module.css';

/** The secret, both ways that it is written, and the code that uses it. All of it goes with the dialog. */
export function WebhookSecret({ name, secret, onDone }: { name: string; secret: string; onDone: () => void }) {
  const [node] = verifierSnippets();
  return (
    <SecretOnce
      title={t('webhooks.secret_title', { name })}
      value={secret}
      envName="WEBHOOK_SECRET"
      note={t('webhooks.secret_once')}
      onDone={onDone}
    >
      <p>
        {t('webhooks.secret_whsec')} <code className={css.wrap}>whsec_{secret}</code>
      </p>
      {node !== undefined && (
        <div className={css.block}>
          <p>{t('webhooks.secret_use')}</p>
          <pre className={css.code} tabIndex={0} aria-label={node.label}>
            {node.code}
          </pre>
        </div>
      )}
    </SecretOnce>
  );
}
