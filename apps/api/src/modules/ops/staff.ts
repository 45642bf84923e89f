import { StaffAuthenticator } from '#platform/auth/index.js';
import type { Services } from '#platform/modules/index.js';
import { PlatformAuthController } from './platform-auth.controller.js';
import { PlatformMfaController } from './platform-auth-mfa.controller.js';
import { StaffAnswers } from './staff-answers.js';
import { SessionStaffAuthenticator } from './staff-authenticator.js';
import { BootstrapToken } from './staff-bootstrap-token.js';
import { StaffCredentials } from './staff-credentials.js';
import { EnvironmentStaff } from './staff-environment.js';
import { ensureFirstOwner, FirstOwner } from './staff-first-owner.js';
import { PlatformStaffController } from './staff-members.controller.js';
import { StaffMembers } from './staff-members.js';
import { StaffMfa } from './staff-mfa.js';
import { OrphanedTenants } from './staff-orphans.js';
import { StaffPasswords } from './staff-passwords.js';
import { PlatformPeopleController } from './staff-people.controller.js';
import { StaffPeople } from './staff-people.js';
import { StaffSignIn } from './staff-sign-in.js';
import { StaffSupport } from './staff-support.js';
import './staff.errors.js';

export { ensureFirstOwner } from './staff-first-owner.js';

/** Called at each start, before the process listens: whom the environment names. */
export async function ensureStaff(services: Services): Promise<void> {
  await ensureFirstOwner(services);
  await services.get(EnvironmentStaff).ensure();
}

/** What the module of ops wires for the realm of platform staff. The guard needs the authenticator, so its module is global. */
export const staffProviders = [
  BootstrapToken,
  EnvironmentStaff,
  FirstOwner,
  OrphanedTenants,
  SessionStaffAuthenticator,
  StaffAnswers,
  StaffCredentials,
  StaffMembers,
  StaffMfa,
  StaffPasswords,
  StaffPeople,
  StaffSignIn,
  StaffSupport,
  { provide: StaffAuthenticator, useExisting: SessionStaffAuthenticator },
];
export const staffControllers = [PlatformAuthController, PlatformMfaController, PlatformStaffController, PlatformPeopleController];
export const staffExports = [StaffAuthenticator];
