import { relativeTime } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Me } from '../../lib/types';
import css from './bars.module.css';

/** Above all and not dismissable: who acts here, why, until when. */
export function ImpersonationBar({ me }: { me: Me }) {
  if (me.impersonation === null) return null;
  const { staff_label, reason, expires_at, read_only } = me.impersonation;
  return (
    <div className={css.bar} role="status">
      {t(read_only ? 'shell.impersonation_read_only' : 'shell.impersonation', {
        staff: staff_label,
        reason,
        until: relativeTime(expires_at),
      })}
    </div>
  );
}
