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
