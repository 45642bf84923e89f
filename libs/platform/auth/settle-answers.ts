import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';

/** Of an answer that does not leave: they would speak of a body that is not sent. */
const OF_THE_BODY = ['etag', 'last-modified', 'location', 'content-disposition', 'content-range', 'accept-ranges', 'set-cookie'];

/**
 * The last question of a request to a tenant: nothing leaves that rests on remembered rights alone, not even a refusal. Add it before the
 * plugins that change answers, so that a refusal takes their whole way.
 */
export function settleAnswers(instance: FastifyInstance): void {
  instance.addHook('onSend', (request, reply, payload, done) => {
    const { access } = request;
    if (!access || access.isSettled) return done(null, payload);
    access.settle().then(
      () => done(null, payload),
      (error: Error) => {
        if (payload instanceof Readable) payload.destroy();
        for (const header of OF_THE_BODY) reply.removeHeader(header);
        void reply.header('cache-control', 'no-store');
        done(error);
      },
    );
  });
}
