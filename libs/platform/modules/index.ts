export {
  defineModule,
  type ModuleManifest,
  type NavEntry,
  type ProvisioningStep,
  type Services,
  type StepContext,
  type StoreBlocker,
} from './manifest.js';
export { Registry, RegistryRefused, sortSteps, type RegisteredModule } from './registry.js';
