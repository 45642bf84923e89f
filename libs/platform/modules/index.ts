export { defineModule, type ModuleManifest, type NavEntry, type ProvisioningStep, type Services, type StepContext } from './manifest.js';
export { Registry, RegistryRefused, sortSteps, type RegisteredModule } from './registry.js';
