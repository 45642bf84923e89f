import { notFound } from '@tanstack/react-router';
import type { ClientConfig } from '../lib/types';

/** The operators' console is on hosts of the platform, where the installation has one. */
export function mustHaveConsole({ host_kind, features }: ClientConfig): void {
  if (host_kind === 'tenant' || host_kind === 'app' || !features.includes('admin_console')) throw notFound();
}
