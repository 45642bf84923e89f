import { StaffAuthenticator } from '#platform/auth/index.js';
import { PlatformAuthController } from './platform-auth.controller.js';
import { SessionStaffAuthenticator } from './staff-authenticator.js';
import { FirstOwner } from './staff-first-owner.js';
import { StaffSignIn } from './staff-sign-in.js';

export { ensureFirstOwner } from './staff-first-owner.js';

/** What the module of ops wires for the realm of platform staff. The guard needs the authenticator, so its module is global. */
export const staffProviders = [
  StaffSignIn,
  FirstOwner,
  SessionStaffAuthenticator,
  { provide: StaffAuthenticator, useExisting: SessionStaffAuthenticator },
];
export const staffControllers = [PlatformAuthController];
export const staffExports = [StaffAuthenticator];
