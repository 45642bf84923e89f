import type { GuardOptions } from './types.js';

/** Decides where a webhook may go: at create by `checkUrl`, at every connect by the sender. */
export class DestinationGuard {
  constructor(readonly options: GuardOptions) {}

  /**
   * For create and change. A name that does not resolve now is accepted: the send decides.
   * @throws Problem validation_failed (`/url`) for what is no usable address, destination_not_allowed for where it leads
   */
  async checkUrl(_url: string): Promise<void> {
    await Promise.reject(new Error('the guard is not in this commit yet'));
  }
}
