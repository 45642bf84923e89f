import '@mantine/core/styles/global.layer.css';
import { MantineProvider } from '@mantine/core';
import IconMenu2 from '@tabler/icons-react/icons/IconMenu2';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { cspNonce } from '../../lib/nonce';
import { schemeManager } from '../../lib/scheme';
import { listenForShortcuts } from '../../lib/shortcuts';
import type { Realm } from '../../lib/storage';
import { mantineTheme, mantineVariables } from '../../theme/mantine';
import { ConfirmHost } from '../confirm/confirm-host';
import { IconButton } from '../ui/button';
import { ConnectionBar } from './connection-bar';
import { ShellTools } from './page';
import { SignInAgain } from './sign-in-again';
import { Toasts } from './toasts';
import css from './shell.module.css';

const Drawer = lazy(() => import('../layers/drawer').then((module) => ({ default: module.Drawer })));

interface FrameProps {
  realm: Realm;
  product: string;
  /** The rail's content; `inDrawer` when it stands in the drawer of small screens. */
  rail: ReactNode;
  band?: ReactNode;
  bar?: ReactNode;
  account: ReactNode;
  collapsed?: boolean;
  children: ReactNode;
}

/** What both consoles share: rail, head, skip link, bars, toasts, dialogs. */
export function Frame({ realm, product, rail, band, bar, account, collapsed = false, children }: FrameProps) {
  const [navOpen, setNavOpen] = useState(false);
  useEffect(() => listenForShortcuts(document), []);
  const burger = (
    <IconButton
      icon={IconMenu2}
      size={20}
      label={t('shell.menu')}
      data-tip-side="end"
      className={css.burger}
      onClick={() => setNavOpen(true)}
    />
  );
  return (
    <MantineProvider
      theme={mantineTheme}
      cssVariablesResolver={mantineVariables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      getStyleNonce={cspNonce}
      deduplicateCssVariables={false}
    >
      <a className={css.skip} href="#main">
        {t('shell.skip')}
      </a>
      <ConnectionBar />
      {bar}
      <div className={`${css.frame} ${collapsed ? css.collapsed : ''} ${band === undefined ? '' : css.banded}`}>
        {band !== undefined && <header className={css.band}>{band}</header>}
        <nav className={css.rail} aria-label={t('shell.navigation')}>
          {rail}
        </nav>
        <main className={css.sheet} id="main" tabIndex={-1}>
          <ShellTools value={{ before: burger, after: account, product }}>{children}</ShellTools>
        </main>
      </div>
      {navOpen && (
        <Suspense>
          <Drawer title={product} side="left" size={300} focusTitle onClose={() => setNavOpen(false)}>
            <nav
              aria-label={t('shell.navigation')}
              onClick={(event) => event.target instanceof Element && event.target.closest('a') && setNavOpen(false)}
            >
              {rail}
            </nav>
          </Drawer>
        </Suspense>
      )}
      <Toasts />
      <ConfirmHost />
      <SignInAgain realm={realm} />
    </MantineProvider>
  );
}
