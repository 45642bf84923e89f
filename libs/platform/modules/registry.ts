import { EVENTS, type EventType } from '#contracts/events.js';
import { FEATURES, TOGGLE_MODULES, type FeatureCode, type LimitCode, type ModuleCode, type ToggleModule } from '#contracts/modules.js';
import { ALL_PERMISSIONS, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import type { ModuleManifest, NavEntry, ProvisioningStep } from './manifest.js';

/** The start is refused: two modules clash, or one names what does not exist. */
export class RegistryRefused extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The module registry has problems:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'RegistryRefused';
  }
}

export interface RegisteredModule {
  readonly module_code: ModuleCode;
  readonly name: string;
  readonly is_core: boolean;
  /** False for a module that is named and planned but not built: rows and permissions exist, nothing answers. */
  readonly built: boolean;
  readonly depends_on: readonly string[];
}

/**
 * What the manifests say together: the only source of the permission and event catalogues, module rows, the provisioning pipeline,
 * limits and navigation. Built once from app.module.ts and frozen.
 */
export class Registry {
  readonly manifests: readonly ModuleManifest[];
  readonly modules: readonly RegisteredModule[];
  readonly permissions: readonly Permission[];
  readonly events: readonly EventType[];
  readonly features: readonly {
    readonly feature_code: FeatureCode;
    readonly module_code: string;
    readonly name: string;
    readonly active: boolean;
  }[];
  readonly limits: readonly { readonly code: LimitCode; readonly module: ModuleCode }[];
  readonly nav: readonly NavEntry[];
  readonly pipeline: readonly ProvisioningStep[];

  constructor(manifests: readonly ModuleManifest[]) {
    const problems: string[] = [];
    this.manifests = Object.freeze([...manifests]);
    const owners = new Map<string, string>();
    const claim = (kind: string, name: string, owner: string): void => {
      const key = `${kind} ${name}`;
      const other = owners.get(key);
      if (other) problems.push(`${key} is declared by ${other} and by ${owner}`);
      owners.set(key, owner);
    };
    for (const m of manifests) {
      claim('module', m.code, m.code);
      m.permissions.forEach((name) => {
        claim('permission', name, m.code);
        if (!Object.hasOwn(PERMISSIONS, name)) problems.push(`permission ${name} of ${m.code} is not in libs/contracts/permissions.ts`);
        else if (PERMISSIONS[name].module !== m.code)
          problems.push(`permission ${name} belongs to ${PERMISSIONS[name].module} and is declared by ${m.code}`);
      });
      m.events?.forEach((type) => {
        claim('event', type, m.code);
        if (!Object.hasOwn(EVENTS, type)) problems.push(`event ${type} of ${m.code} is not in libs/contracts/events.ts`);
      });
      m.nav?.forEach((entry) => claim('nav entry', entry.key, m.code));
      m.limits?.forEach((limit) => claim('limit', limit.code, m.code));
      m.provisioning_steps?.forEach((step) => claim('provisioning step', step.key, m.code));
      m.hooks?.store_blockers?.forEach((blocker) => claim('store blocker', blocker.name, m.code));
      m.hooks?.job_views?.forEach((view) => claim('job view', view.name, m.code));
      m.depends_on.forEach((code) => {
        if (!Object.hasOwn(TOGGLE_MODULES, code)) problems.push(`${m.code} depends on ${code}, which does not exist`);
      });
      if (!m.core && !(m.code in TOGGLE_MODULES)) problems.push(`${m.code} is neither core nor in libs/contracts/modules.ts`);
    }
    const built = new Set<string>(manifests.map((m) => m.code));
    const planned = (Object.keys(TOGGLE_MODULES) as ToggleModule[]).filter((code) => !built.has(code));
    for (const code of planned) if (TOGGLE_MODULES[code].built) problems.push(`${code} is marked as built and has no manifest`);
    for (const name of ALL_PERMISSIONS) {
      const owner = PERMISSIONS[name].module;
      if (built.has(owner) ? !owners.has(`permission ${name}`) : !planned.includes(owner as ToggleModule))
        problems.push(`permission ${name} is declared by no manifest (${owner})`);
    }
    this.modules = [
      ...manifests.map((m) => ({ module_code: m.code, name: m.name, is_core: m.core, built: true, depends_on: m.depends_on })),
      ...planned.map((code) => ({
        module_code: code,
        name: TOGGLE_MODULES[code].name,
        is_core: false,
        built: false,
        depends_on: TOGGLE_MODULES[code].depends_on,
      })),
    ];
    problems.push(...circle('module', this.modules.map((m) => ({ key: m.module_code, after: m.depends_on })))); // prettier-ignore
    this.permissions = ALL_PERMISSIONS;
    this.events = manifests.flatMap((m) => m.events ?? []);
    this.features = (Object.keys(FEATURES) as FeatureCode[]).map((code) => ({
      feature_code: code,
      module_code: FEATURES[code].module,
      name: FEATURES[code].name,
      active: FEATURES[code].active,
    }));
    this.limits = manifests.flatMap((m) => (m.limits ?? []).map((limit) => ({ code: limit.code, module: m.code })));
    this.nav = manifests.flatMap((m) => m.nav ?? []).sort((a, b) => a.order - b.order);
    const steps = manifests.flatMap((m) => m.provisioning_steps ?? []);
    problems.push(...circle('provisioning step', steps));
    if (problems.length) throw new RegistryRefused(problems);
    this.pipeline = Object.freeze(sortSteps(steps));
    Object.freeze(this);
  }
}

interface Node {
  readonly key: string;
  readonly after: readonly string[];
}

/** Problems of a dependency graph: unknown names and circles. */
function circle(kind: string, nodes: readonly Node[]): string[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const problems = nodes.flatMap((node) =>
    node.after.filter((key) => !byKey.has(key)).map((key) => `${kind} ${node.key} comes after ${key}, which does not exist`),
  );
  const state = new Map<string, 'open' | 'done'>();
  const visit = (key: string, path: readonly string[]): void => {
    if (state.get(key) === 'done') return;
    if (state.get(key) === 'open') {
      problems.push(`${kind}s form a circle: ${[...path, key].join(' → ')}`);
      return;
    }
    state.set(key, 'open');
    for (const next of byKey.get(key)?.after ?? []) if (byKey.has(next)) visit(next, [...path, key]);
    state.set(key, 'done');
  };
  for (const node of nodes) visit(node.key, []);
  return problems;
}

/** Topological order; among steps that may run, the order of declaration. */
export function sortSteps<N extends Node>(steps: readonly N[]): N[] {
  const left = [...steps];
  const done = new Set<string>();
  const sorted: N[] = [];
  while (left.length) {
    const index = left.findIndex((step) => step.after.every((key) => done.has(key)));
    if (index < 0) throw new RegistryRefused([`steps form a circle: ${left.map((s) => s.key).join(', ')}`]);
    const [step] = left.splice(index, 1) as [N];
    sorted.push(step);
    done.add(step.key);
  }
  return sorted;
}
