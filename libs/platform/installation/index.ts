export { Installation } from './installation.js';
export { InstallationRepository } from './installation.repository.js';
