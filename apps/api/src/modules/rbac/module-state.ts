/** Both are facts of other modules; the files of this one read them here. */
export { planState, type PlanState } from '../entitlements/index.js';
export { moduleStates, type ModuleOff, type ModuleState } from '../tenants/index.js';
