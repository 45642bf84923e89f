import IconCheck from '@tabler/icons-react/icons/IconCheck';
import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { ok } from '../../lib/api';
import { t, type MessageKey } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { readMark } from '../../lib/storage';
import { rolesQuery } from '../../lib/tenant-queries';
import { useTenant } from '../../components/can/tenant-context';
import { Icon } from '../../components/ui/icon';
import css from './home.module.css';

interface Step {
  key: string;
  title: MessageKey;
  text: MessageKey;
  done: boolean;
  link: Pick<LinkProps, 'to' | 'params' | 'search'>;
}

/** Each step ticks itself from what is really there. */
export function Checklist() {
  const here = useTenant();
  const members = useQuery({
    queryKey: tenantKey(here.tenant_id, 'members', 'some'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/admin/members', { params: { query: { limit: 25 } }, signal })),
  });
  const invitations = useQuery({
    queryKey: tenantKey(here.tenant_id, 'invitations', 'some'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/admin/invitations', { params: { query: { limit: 25, status: 'pending' } }, signal })),
  });
  const roles = useQuery({ ...rolesQuery(here), enabled: here.can('roles:read') });
  const items = useQuery({
    queryKey: tenantKey(here.tenant_id, 'inventory', 'some'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/inventory', { params: { query: { limit: 25 } }, signal })),
    enabled: here.can('inventory:write'),
  });
  const connects = here.can('webhooks:write') && here.me.modules['webhooks'] === 'on';
  const webhooks = useQuery({
    queryKey: tenantKey(here.tenant_id, 'webhooks', 'some'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/webhooks', { params: { query: { limit: 25 } }, signal })),
    enabled: connects,
  });
  const params = { tenant: here.slug };
  const all: (Step | false)[] = [
    {
      key: 'invite',
      title: 'start.invite',
      text: 'start.invite_text',
      done: (members.data?.data.length ?? 0) > 1 || (invitations.data?.data.length ?? 0) > 0,
      link: { to: '/t/$tenant/team', params, search: { invite: 'new' } },
    },
    here.can('roles:read') && {
      key: 'roles',
      title: 'start.roles',
      text: 'start.roles_text',
      done: roles.data?.data.some((role) => !role.is_system) ?? false,
      link: { to: '/t/$tenant/roles', params, search: {} },
    },
    here.can('inventory:write') && {
      key: 'item',
      title: 'start.item',
      text: 'start.item_text',
      done: (items.data?.data.length ?? 0) > 0,
      link: { to: '/t/$tenant/inventory', params, search: { item: 'new' } },
    },
    connects && {
      key: 'webhook',
      title: 'start.webhook',
      text: 'start.webhook_text',
      // The test counts: an endpoint that never took a message is not connected yet.
      done: webhooks.data?.data.some((webhook) => webhook.last_success_at !== null) ?? false,
      link:
        webhooks.data?.data[0] === undefined
          ? { to: '/t/$tenant/webhooks/new', params }
          : { to: '/t/$tenant/webhooks/$webhook_id/overview', params: { ...params, webhook_id: webhooks.data.data[0].webhook_id } },
    },
    here.can('audit:read') && {
      key: 'audit',
      title: 'start.audit',
      text: 'start.audit_text',
      done: readMark(`audit.${here.tenant_id}`),
      link: { to: '/t/$tenant/audit', params, search: {} },
    },
  ];
  return (
    <ol className={css.steps}>
      {all
        .filter((step) => step !== false)
        .map((step, index) => (
          <li key={step.key}>
            <Link {...step.link} className={css.step}>
              <span className={step.done ? `${css.number} ${css.done}` : css.number}>
                {step.done ? <Icon of={IconCheck} /> : index + 1}
              </span>
              <span className={css.words}>
                <strong>{t(step.title)}</strong>
                <small>{t(step.text)}</small>
                {step.done && <span className="sr-only">{t('status.done')}</span>}
              </span>
              <Icon of={IconChevronRight} />
            </Link>
          </li>
        ))}
    </ol>
  );
}
