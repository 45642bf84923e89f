import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Permission } from '#contracts/permissions.js';
import { t, type MessageKey } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { Page } from '../../components/shell/page';
import { Icon } from '../../components/ui/icon';
import css from './admin.module.css';

const route = getRouteApi('/$lang/cockpit/$tenant');

interface Part {
  readonly to: '/$lang/cockpit/$tenant/admin/api-keys' | '/$lang/cockpit/$tenant/admin/audit';
  readonly requires: Permission;
  readonly label: MessageKey;
  readonly purpose: MessageKey;
}
const PARTS: readonly Part[] = [
  { to: '/$lang/cockpit/$tenant/admin/api-keys', requires: 'api_keys:read', label: 'nav.api_keys', purpose: 'keys.purpose' },
  { to: '/$lang/cockpit/$tenant/admin/audit', requires: 'audit:read', label: 'nav.audit', purpose: 'audit.purpose' },
];

/** What the administrators of a company look after, one address each. */
export function AdminScreen() {
  const here = useTenant();
  const { lang } = route.useParams();
  return (
    <Page
      title={t('cockpit.admin')}
      purpose={t('cockpit.admin_purpose', { tenant: here.me.tenant.name })}
      crumb={{ label: here.me.tenant.name, to: `/${lang}/cockpit/${here.slug}` }}
    >
      <ul>
        {PARTS.filter(({ requires }) => here.can(requires)).map(({ to, label, purpose }) => (
          <li key={to}>
            <Link to={to} params={{ lang, tenant: here.slug }} className={css.part}>
              <span className={css.words}>
                <strong>{t(label)}</strong>
                <small>{t(purpose)}</small>
              </span>
              <Icon of={IconChevronRight} />
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
