import { notFound } from '@tanstack/react-router';
import type { ClientConfig } from '../lib/types';

/** On the host of a tenant or of the application the console does not exist. */
export function onConsoleHost({ host_kind }: Pick<ClientConfig, 'host_kind'>): void {
  if (host_kind === 'tenant' || host_kind === 'app') throw notFound();
}
