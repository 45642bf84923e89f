import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight';
import IconX from '@tabler/icons-react/icons/IconX';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { ok } from '../../lib/api';
import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { readMark, writeMark } from '../../lib/storage';
import { actionWords, actorName, targetWords } from '../../components/audit-log/words';
import { Can, useTenant } from '../../components/can/tenant-context';
import { NAV, navFor } from '../../components/shell/nav';
import { Page } from '../../components/shell/page';
import { ErrorBlock } from '../../components/states/error-block';
import { Button, LinkButton } from '../../components/ui/button';
import { Icon } from '../../components/ui/icon';
import { Note, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { Checklist } from './checklist';
import css from './home.module.css';

const RECENT = 8;

const cockpitRoute = getRouteApi('/$lang/cockpit/$tenant');

/** The start of a company's address: the way to its console stands in its head for those who may go. */
export function CockpitScreen() {
  const { config } = cockpitRoute.useRouteContext();
  const { lang } = cockpitRoute.useParams();
  const { slug } = useTenant();
  const isConsoleOn = config.features.includes('admin_console');
  return (
    <HomeScreen
      actions={
        isConsoleOn && (
          <Can do="settings:write">
            <LinkButton to="/$lang/cockpit/$tenant/admin" params={{ lang, tenant: slug }}>
              {t('cockpit.admin')}
            </LinkButton>
          </Can>
        )
      }
    />
  );
}

export function HomeScreen({ actions }: { actions?: ReactNode }) {
  const here = useTenant();
  const { me } = here;
  const key = `start.${here.tenant_id}`;
  const [dismissed, setDismissed] = useState(() => readMark(key));
  const starts = here.can('users:write') && !dismissed;
  return (
    <Page
      title={me.tenant.name}
      purpose={t('home.you_are', {
        name: me.user.display_name || me.user.email,
        roles: list(me.roles.map((role) => role.name)),
        count: me.roles.length,
      })}
      actions={actions}
    >
      {starts && (
        <Section
          title={t('start.title')}
          aside={
            <Button
              variant="quiet"
              icon={IconX}
              onClick={() => {
                writeMark(key);
                setDismissed(true);
              }}
            >
              {t('start.dismiss')}
            </Button>
          }
        >
          <Checklist />
        </Section>
      )}
      {here.can('audit:read') && <Recent />}
      {!starts && <Places />}
    </Page>
  );
}

/** Where the person can go: for those who neither set up nor oversee. */
function Places() {
  const here = useTenant();
  const keys = navFor(here.me).filter((key) => key !== 'home');
  if (keys.length === 0) return <Note>{t('home.nothing')}</Note>;
  return (
    <Section title={t('home.places')}>
      <ul>
        {keys.map((key) => (
          <li key={key}>
            <Link to={NAV[key].to} params={{ tenant: here.slug }} className={css.step}>
              <span className={css.words}>
                <strong>{t(NAV[key].label)}</strong>
                <small>{t(NAV[key].purpose)}</small>
              </span>
              <Icon of={IconChevronRight} />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The last entries of the log, as a timeline. */
function Recent() {
  const here = useTenant();
  const query = useQuery({
    queryKey: tenantKey(here.tenant_id, 'audit', 'recent'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/audit-logs', { params: { query: { limit: RECENT } }, signal })),
  });
  return (
    <Section
      title={t('home.recent')}
      aside={
        <Link to="/t/$tenant/audit" params={{ tenant: here.slug }} search={{}}>
          {t('home.all_audit')}
        </Link>
      }
    >
      {query.isError && <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />}
      <ol className={css.recent}>
        {query.data?.data.map((row) => (
          <li key={row.audit_event_id}>
            <Time at={row.occurred_at} zone={here.me.tenant.time_zone} form="short" />
            <span className={css.entry}>
              <Link to="/t/$tenant/audit" params={{ tenant: here.slug }} search={{ event: row.audit_event_id }}>
                {actionWords(row.action)}
              </Link>
              <small>{[actorName(row), targetWords(row)].filter(Boolean).join(' · ')}</small>
            </span>
            {row.outcome !== 'success' && <Status word={row.outcome} />}
          </li>
        ))}
      </ol>
    </Section>
  );
}
