export { OpsModule, manifest as opsManifest } from './ops.module.js';
export { cliScope } from './staff-scope.js';
export { StaffMembers } from './staff-members.js';
export { StaffPasswords } from './staff-passwords.js';
export { StaffPeople } from './staff-people.js';
export { TenantsConsole } from './tenants-console.service.js';
export { ensureFirstOwner, ensureStaff } from './staff.js';
