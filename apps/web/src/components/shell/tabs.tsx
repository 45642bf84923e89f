import type { ReactNode } from 'react';
import css from './tabs.module.css';

/** Parts of one screen that have addresses of their own: links, the current one marked. */
export const Tabs = ({ label, children }: { label: string; children: ReactNode }) => (
  <nav className={css.tabs} aria-label={label}>
    {children}
  </nav>
);
