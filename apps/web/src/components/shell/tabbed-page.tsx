import type { ReactNode } from 'react';
import { Page } from './page';
import css from './page.module.css';
import { Tabs } from './tabs';

interface TabbedPageProps {
  title: string;
  purpose?: ReactNode;
  actions?: ReactNode;
  /** Below the second level only. */
  crumb?: { label: string; to: string };
  /** Links, the current one marked by the router. */
  tabs: ReactNode;
  /** A table that runs from edge to edge. */
  flush?: boolean;
  children: ReactNode;
}

/** A page whose parts have addresses of their own. */
export const TabbedPage = ({ title, purpose, actions, crumb, tabs, flush = false, children }: TabbedPageProps) => (
  <Page title={title} purpose={purpose} actions={actions} crumb={crumb} flush>
    <Tabs label={title}>{tabs}</Tabs>
    {flush ? children : <div className={css.body}>{children}</div>}
  </Page>
);
