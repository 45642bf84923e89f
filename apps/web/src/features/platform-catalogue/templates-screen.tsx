import IconPlus from '@tabler/icons-react/icons/IconPlus';
import IconTemplate from '@tabler/icons-react/icons/IconTemplate';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { list } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { templatesQuery } from '../../lib/platform-queries';
import type { Template } from '../../lib/types';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Button } from '../../components/ui/button';
import { Status } from '../../components/ui/status';

const load = () => import('./template-drawer');
const TemplateDrawer = lazy(() => load().then((module) => ({ default: module.TemplateDrawer })));
const route = getRouteApi('/platform/templates');

export function TemplatesScreen() {
  const nav = useListNav(route.useSearch());
  const query = useQuery(templatesQuery);
  const columns: Column<Template>[] = [
    {
      id: 'name',
      head: t('tenants.template'),
      slot: 'identity',
      cell: (one) => (
        <>
          <Link to="/platform/templates" search={{ template: one.template_code }} resetScroll={false}>
            {one.name}
          </Link>
          <small className="mono">{one.template_code}</small>
        </>
      ),
    },
    {
      id: 'default',
      head: t('status'),
      slot: 'status',
      cell: (one) => one.is_default && <Status word="on">{t('stores.default')}</Status>,
    },
    { id: 'pack', head: t('templates.pack'), slot: 'fact', cell: (one) => tryText(`pack.${one.role_pack}`, one.role_pack) },
    { id: 'plan', head: t('tenants.plan'), slot: 'fact', cell: (one) => one.plan_code ?? '–' },
    {
      id: 'modules',
      head: t('tenants.modules'),
      slot: 'extra',
      cell: (one) => list(one.module_codes.map((code) => tryText(`module.${code}`, code))) || '–',
    },
  ];
  const create = (
    <Button variant="primary" icon={IconPlus} data-new onPointerEnter={() => void load()} onClick={() => nav.open({ new: 'template' })}>
      {t('templates.new')}
    </Button>
  );
  const close = (): void => nav.open({ template: undefined, new: undefined });
  const opened = query.data?.data.find((one) => one.template_code === nav.search.template);
  return (
    <Page title={t('platform.templates')} purpose={t('templates.purpose')} flush actions={create}>
      <DataTable
        caption={t('platform.templates')}
        columns={columns}
        query={query}
        rowKey={(one) => one.template_code}
        empty={<Empty icon={IconTemplate} text={t('templates.empty')} action={create} />}
      />
      <Suspense>
        {nav.search.new === 'template' && <TemplateDrawer onClose={close} />}
        {opened !== undefined && <TemplateDrawer key={opened.row_version} template={opened} onClose={close} />}
      </Suspense>
    </Page>
  );
}
