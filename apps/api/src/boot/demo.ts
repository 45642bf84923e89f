import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DemoAccounts, Runtime } from '#platform/runtime.js';

/** PLACEHOLDER until the services exist. */
export function createDemo(password: string | null): { accounts: DemoAccounts; ensure(app: NestFastifyApplication, runtime: Runtime): Promise<void> } | null {
  if (!password) return null;
  return { accounts: [], ensure: () => Promise.resolve() };
}
