import type { CSSVariablesResolver, MantineThemeOverride } from '@mantine/core';

/** Mantine draws the floating layers (dialog, drawer, menu); their colours are our roles. */
export const mantineTheme: MantineThemeOverride = {
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: '6px',
  cursorType: 'pointer',
  respectReducedMotion: true,
  shadows: { md: 'var(--shadow)', xl: 'var(--shadow)' },
  components: {
    Modal: { defaultProps: { transitionProps: { duration: 180, transition: 'fade' }, shadow: 'md', padding: 24 } },
    Drawer: { defaultProps: { transitionProps: { duration: 180 }, shadow: 'md', padding: 24 } },
    Menu: { defaultProps: { transitionProps: { duration: 120, transition: 'fade' }, shadow: 'md', position: 'bottom-end', offset: 4 } },
  },
};

const roles: Record<string, string> = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-2)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--sunk)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-anchor': 'var(--accent)',
};
export const mantineVariables: CSSVariablesResolver = () => ({ variables: {}, light: roles, dark: roles });
