import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import type { ListNav } from '../../components/data-table/use-list-nav';
import { countByWebhook, filterOf, groupDeadLetters } from './dead-letter-groups';
import { failureWords } from './delivery-words';
import { deliveriesQuery, type Following } from './queries';
import css from './webhooks.module.css';

/** As many as one answer of the API holds. */
const LOOKED_AT = 100;

interface Props {
  nav: ListNav;
  /** Null: of all webhooks. */
  webhookId: string | null;
  nameOf?: (webhook_id: string) => string;
  following: Following;
}

/** Why deliveries were given up, as buttons that show one cause alone; for all webhooks also whose they are. */
export function DeadLetterChips({ nav, webhookId, nameOf, following }: Props) {
  const here = useTenant();
  const { event_type, since, http_status, error_code } = nav.search;
  const { data } = useQuery(deliveriesQuery(here, webhookId, { status: 'dlq', event_type, since }, LOOKED_AT, following));
  if (data === undefined || data.data.length === 0) return null;
  return (
    <div className={css.causes}>
      <p className={css.hint}>{t(data.next_cursor === null ? 'webhooks.causes' : 'webhooks.causes_newest', { count: LOOKED_AT })}</p>
      <ul aria-label={t('webhooks.causes_label')}>
        {groupDeadLetters(data.data).map((group) => {
          const filter = filterOf(group);
          const isShown = filter.http_status === http_status && filter.error_code === error_code;
          return (
            <li key={`${group.http_status} ${group.error_code}`}>
              <button
                type="button"
                className={css.chip}
                aria-pressed={isShown}
                onClick={() => nav.filter(isShown ? { http_status: undefined, error_code: undefined } : filter)}
              >
                {failureWords(group) ?? t('webhooks.no_answer')} <strong>{group.count}</strong>
              </button>
            </li>
          );
        })}
      </ul>
      {nameOf !== undefined && (
        <ul aria-label={t('webhooks.endpoints')}>
          {countByWebhook(data.data).map(([webhook_id, count]) => (
            <li key={webhook_id}>
              <Link
                to="/t/$tenant/webhooks/$webhook_id/deliveries"
                params={{ tenant: here.slug, webhook_id }}
                search={{ status: 'dlq', event_type }}
                className={css.chip}
              >
                {nameOf(webhook_id)} <strong>{count}</strong>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
