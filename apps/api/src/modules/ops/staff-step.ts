/** What a member of the staff has to do before anything else. `mfa`: show the factor that is there; `mfa_setup`: there is none yet. Pure. */
export type StaffStep = 'change_password' | 'mfa' | 'mfa_setup';

export interface StaffStanding {
  readonly must_change_password: boolean;
  readonly mfa_enabled: boolean;
  /** When this session has shown the second factor. */
  readonly mfa_at: Date | null;
}

export function staffStep({ must_change_password, mfa_enabled, mfa_at }: StaffStanding, mfa_required: boolean): StaffStep | null {
  if (must_change_password) return 'change_password';
  if (!mfa_required || mfa_at !== null) return null;
  return mfa_enabled ? 'mfa' : 'mfa_setup';
}
