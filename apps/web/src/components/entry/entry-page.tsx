import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import { Brand } from '../ui/brand';
import css from './entry.module.css';

interface EntryPageProps {
  title: string;
  lead?: ReactNode;
  /** "Platform" beside the name: nobody signs in to the console by mistake. */
  realm?: 'platform';
  aside?: ReactNode;
  children: ReactNode;
}

/** The frame of every page before the product: sign in, invitation, tenant choice. */
export function EntryPage({ title, lead, realm, aside, children }: EntryPageProps) {
  const config = useQuery(configQuery).data;
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${config?.product_name ?? t('product')}`;
  }, [title, config]);
  const name = config?.product_name ?? t('product');
  return (
    <div className={css.page}>
      <header className={css.top}>
        <Brand name={realm === 'platform' ? `${name} · ${t('platform.word')}` : name} />
      </header>
      <main className={aside === undefined ? css.sheet : `${css.sheet} ${css.wide}`}>
        <div className={css.main}>
          <header>
            <h1 ref={head} tabIndex={-1}>
              {title}
            </h1>
            {lead !== undefined && <p>{lead}</p>}
          </header>
          {children}
        </div>
        {aside !== undefined && <div className={css.aside}>{aside}</div>}
      </main>
      <footer className={css.bottom}>
        {!window.isSecureContext && <span>{t('login.insecure')}</span>}
        {config !== undefined && <span>{t('build', { build: config.build })}</span>}
      </footer>
    </div>
  );
}
