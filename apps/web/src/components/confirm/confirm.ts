import { createStore } from '../../lib/store';

/** Tiers of specs/web.md §6.4. 1: names the object and the consequence. 2: type its name. 3: type it and give a reason. R: a reason. */
export interface ConfirmRequest {
  readonly tier: 1 | 2 | 3 | 'R';
  readonly title: string;
  readonly consequence: string;
  /** The verb on the button, never "OK", and what it says while it works. */
  readonly verb: string;
  readonly pendingText: string;
  /** What has to be typed in tiers 2 and 3. */
  readonly name?: string;
  /** The act is the platform's own: no organisation's log has it. */
  readonly ofPlatform?: boolean;
  /** Not red: resume, retry. */
  readonly harmless?: boolean;
  /** Throws what the dialog shall show; resolved: it closes. */
  readonly run: (input: { reason: string }) => Promise<void>;
}

export const confirmRequest = createStore<ConfirmRequest | null>(null);
export const askConfirm = (request: ConfirmRequest): void => confirmRequest.set(request);
export const MIN_REASON = 10;
