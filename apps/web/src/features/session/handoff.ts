/**
 * The password just typed, for the step "change it now" that follows at once, so that nothing is asked twice. Memory only, taken once.
 */
let password: string | null = null;

export const leavePassword = (value: string): void => {
  password = value;
};
export function takePassword(): string | null {
  const value = password;
  password = null;
  return value;
}

/** The challenge between the password and the code, for the page of the code. Memory only: a reload starts the sign-in again. */
let challenge: { realm: string; value: string } | null = null;

export const leaveChallenge = (realm: string, value: string): void => {
  challenge = { realm, value };
};
export const peekChallenge = (realm: string): string | null => (challenge?.realm === realm ? challenge.value : null);
export const dropChallenge = (): void => {
  challenge = null;
};
