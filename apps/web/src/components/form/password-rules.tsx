import IconCheck from '@tabler/icons-react/icons/IconCheck';
import IconMinus from '@tabler/icons-react/icons/IconMinus';
import { t } from '../../lib/i18n';
import { passwordRules } from '../../lib/password';
import type { PasswordPolicy } from '../../lib/types';
import { Icon } from '../ui/icon';
import css from './field.module.css';

/** The rules, ticked as they are met. The server decides; this only says what it will ask for. */
export function PasswordRules({ policy, password }: { policy: PasswordPolicy | undefined; password: string }) {
  if (policy === undefined) return null;
  return (
    <ul className={css.rules}>
      {passwordRules(policy, password).map((rule) => (
        <li key={rule.key} className={rule.met ? css.met : undefined}>
          <Icon of={rule.met ? IconCheck : IconMinus} />
          {t(rule.key, rule.params)}
          {rule.met && <span className="sr-only">{t('password.met')}</span>}
        </li>
      ))}
    </ul>
  );
}
