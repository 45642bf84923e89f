import { staffStep } from './staff-step.js';

const now = new Date();

it.each([
  [{ must_change_password: true, mfa_enabled: false, mfa_at: null }, true, 'change_password'],
  [{ must_change_password: false, mfa_enabled: false, mfa_at: null }, true, 'mfa_setup'],
  [{ must_change_password: false, mfa_enabled: true, mfa_at: null }, true, 'mfa'],
  [{ must_change_password: false, mfa_enabled: true, mfa_at: now }, true, null],
  [{ must_change_password: false, mfa_enabled: true, mfa_at: null }, false, null],
  [{ must_change_password: false, mfa_enabled: false, mfa_at: null }, false, null],
] as const)('%j, required %j: %j', (standing, required, step) => expect(staffStep(standing, required)).toBe(step));
