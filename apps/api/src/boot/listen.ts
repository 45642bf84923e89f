import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';

const TRIES = 10;

/** Listens; a taken port outside production means the next free one of ten. @returns the port */
export async function listen(app: NestFastifyApplication, port: number, host: string, mayMove: boolean): Promise<number> {
  for (let i = 0; ; i++) {
    try {
      await app.listen(port === 0 ? 0 : port + i, host);
      return (app.getHttpServer().address() as AddressInfo).port;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || !mayMove || i + 1 >= TRIES) throw error;
    }
  }
}
