import { Link } from '@tanstack/react-router';
import { createContext, useContext, useEffect, useRef, type ReactNode } from 'react';
import { t } from '../../lib/i18n';
import css from './page.module.css';

/** What the shell puts into the head of every page: menu button, account. */
export const ShellTools = createContext<{ before: ReactNode; after: ReactNode; product: string }>({
  before: null,
  after: null,
  product: '',
});

// The first page keeps the browser's own focus; each page after it takes it to its title.
let pagesSeen = 0;

interface PageProps {
  title: string;
  /** One line: what this screen is for. */
  purpose?: ReactNode;
  actions?: ReactNode;
  /** Below the second level only. */
  crumb?: { label: string; to: string };
  /** Tables run from edge to edge. */
  flush?: boolean;
  children: ReactNode;
}

export function Page({ title, purpose, actions, crumb, flush = false, children }: PageProps) {
  const tools = useContext(ShellTools);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    pagesSeen += 1;
    if (pagesSeen > 1) head.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = [title, tools.product].filter(Boolean).join(' · ');
  }, [title, tools.product]);
  return (
    <>
      <header className={css.head}>
        {tools.before}
        <div className={css.title}>
          {crumb !== undefined && (
            <Link to={crumb.to} className={css.crumb} aria-label={t('shell.up', { page: crumb.label })}>
              {crumb.label}
            </Link>
          )}
          <h1 ref={head} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {tools.after !== null && <div className={css.tools}>{tools.after}</div>}
      </header>
      {(purpose !== undefined || actions !== undefined) && (
        <div className={css.lead}>
          {purpose !== undefined && <p>{purpose}</p>}
          {actions !== undefined && <div className={css.acts}>{actions}</div>}
        </div>
      )}
      <div className={flush ? `${css.body} ${css.flush}` : css.body}>{children}</div>
    </>
  );
}
