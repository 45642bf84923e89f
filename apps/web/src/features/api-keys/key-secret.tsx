import { t } from '../../lib/i18n';
import type { ApiKeyMade } from '../../lib/types';
import { SecretOnce } from '../../components/secret-once/secret-once';
import { curlFor } from './key-rules';
import css from './keys.module.css';

export const KeySecret = ({ made, onDone }: { made: ApiKeyMade; onDone: () => void }) => (
  <SecretOnce
    title={t('keys.secret_title', { name: made.api_key.name })}
    value={made.api_key.secret}
    envName="TENANTRY_API_KEY"
    onDone={onDone}
  >
    <div className={css.use}>
      <p>{t('keys.use')}</p>
      <pre tabIndex={0}>{curlFor(window.location.origin)}</pre>
    </div>
  </SecretOnce>
);
