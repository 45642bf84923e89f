import { t } from '../../lib/i18n';
import css from './pending.module.css';

/** Shown from 150 ms on while a screen's code or first data is on its way: a line, not a spinner. */
export const Pending = () => (
  <div className={css.line} role="status">
    <span className="sr-only">{t('loading')}</span>
  </div>
);
