/**
 * Module codes, features, templates and plans. Codes are stored lower-case; input takes the aliases of the five seeds.
 */
import type { RolePack } from './roles.js';

export const CORE_MODULES = [
  'identity',
  'tenants',
  'rbac',
  'invitations',
  'stores',
  'audit',
  'entitlements',
  'provisioning',
  'notifications',
  'ops',
] as const;

/** Toggleable modules. `built: false`: named by the seeds and planned, registered with `is_active = false` until its code lands. */
export const TOGGLE_MODULES = {
  catalog: { name: 'Catalogue', depends_on: [], built: true },
  stock: { name: 'Stock', depends_on: ['catalog'], built: false },
  purchasing: { name: 'Purchasing', depends_on: ['stock'], built: false },
  sales: { name: 'Sales', depends_on: ['catalog'], built: false },
  pos: { name: 'Point of sale', depends_on: ['sales'], built: false },
  webhooks: { name: 'Webhooks', depends_on: [], built: true },
  files: { name: 'Files', depends_on: [], built: false },
  reports: { name: 'Reports', depends_on: [], built: false },
  forecasts: { name: 'Forecasts', depends_on: [], built: false },
  impact: { name: 'Cockpit', depends_on: [], built: false },
} as const satisfies Record<string, { name: string; depends_on: readonly string[]; built: boolean }>;

export type CoreModule = (typeof CORE_MODULES)[number];
export type ToggleModule = keyof typeof TOGGLE_MODULES;
export type ModuleCode = CoreModule | ToggleModule;

/** Features of modules. `sso` is registered and off: the seeds' samples name it. */
export const FEATURES = { sso: { module: 'identity', name: 'Single sign-on', active: false } } as const;
export type FeatureCode = keyof typeof FEATURES;

const ALIASES: Record<string, string> = {
  stock: 'stock', products: 'catalog', inventory: 'stock', purchase: 'purchasing', contacts: 'sales', documents: 'files',
  dashboard: 'reports', analytics: 'reports', finance: 'reports', ai: 'forecasts', cockpit: 'impact',
}; // prettier-ignore

/** What a name in `features` or `modules` means, or null when nothing here is called that. `core`: accepted, without effect. */
export function resolveModule(
  input: string,
): { kind: 'module'; code: ToggleModule } | { kind: 'feature'; code: FeatureCode } | { kind: 'core' } | null {
  const name = input.trim().toLowerCase();
  const code = ALIASES[name] ?? name;
  if (Object.hasOwn(TOGGLE_MODULES, code)) return { kind: 'module', code: code as ToggleModule };
  if (Object.hasOwn(FEATURES, code)) return { kind: 'feature', code: code as FeatureCode };
  if (name === 'users' || name === 'settings' || (CORE_MODULES as readonly string[]).includes(name)) return { kind: 'core' };
  return null;
}

export interface TenantTemplate {
  readonly name: string;
  readonly role_pack: RolePack;
  readonly modules: readonly ToggleModule[];
  readonly plan: PlanCode;
  readonly stores: readonly { readonly code: string; readonly name: string }[];
}
const MAIN_STORE = [{ code: 'MAIN', name: 'Main' }] as const;
const TRADE: readonly ToggleModule[] = ['catalog', 'stock', 'purchasing', 'sales', 'webhooks', 'files', 'reports', 'forecasts'];

export const TEMPLATES = {
  inventory: { name: 'Inventory', role_pack: 'inventory', modules: TRADE, plan: 'premium', stores: MAIN_STORE },
  retail: { name: 'Retail', role_pack: 'retail', modules: [...TRADE, 'pos'], plan: 'premium', stores: MAIN_STORE },
  org: { name: 'Organisation', role_pack: 'org', modules: [...TRADE, 'pos'], plan: 'premium', stores: MAIN_STORE },
  cockpit: {
    name: 'Cockpit',
    role_pack: 'cockpit',
    modules: ['impact', 'files', 'reports', 'webhooks'],
    plan: 'premium',
    stores: MAIN_STORE,
  },
  business: {
    name: 'Business',
    role_pack: 'business',
    modules: Object.keys(TOGGLE_MODULES) as ToggleModule[],
    plan: 'premium',
    stores: MAIN_STORE,
  },
} as const satisfies Record<string, TenantTemplate>;
export type TemplateCode = keyof typeof TEMPLATES;
export const DEFAULT_TEMPLATE: TemplateCode = 'inventory';

/** Limit codes. null = no limit, 0 = none. */
export const LIMIT_CODES = [
  'max_users', 'max_stores', 'max_registers', 'max_items', 'storage_bytes', 'file_count', 'requests_per_minute', 'requests_per_day',
  'max_webhooks', 'max_api_keys', 'max_custom_roles',
] as const; // prettier-ignore
export type LimitCode = (typeof LIMIT_CODES)[number];
export type Limits = Readonly<Record<LimitCode, number | null>>;

const GIB = 1024 ** 3;
const limits = (
  users: number | null,
  stores: number | null,
  registers: number | null,
  items: number | null,
  storage: number,
  rpm: number,
  rpd: number | null,
): Limits => ({
  max_users: users,
  max_stores: stores,
  max_registers: registers,
  max_items: items,
  storage_bytes: storage,
  file_count: null,
  requests_per_minute: rpm,
  requests_per_day: rpd,
  max_webhooks: 20,
  max_api_keys: 50,
  max_custom_roles: 50,
});
const BASIC: readonly ToggleModule[] = ['catalog', 'sales', 'pos', 'reports', 'files'];
const EVERY = Object.keys(TOGGLE_MODULES) as ToggleModule[];

export const PLANS = {
  free: { name: 'Free', modules: BASIC, limits: limits(3, 1, 2, 1_000, GIB, 60, 5_000), trial_days: 0, trial_limits: {} },
  standard: {
    name: 'Standard',
    modules: [...BASIC, 'stock', 'purchasing', 'webhooks'],
    limits: limits(10, 3, 5, 10_000, 10 * GIB, 300, 50_000),
    trial_days: 0,
    trial_limits: {},
  },
  premium: {
    name: 'Premium',
    modules: EVERY,
    limits: limits(50, 10, 20, 100_000, 100 * GIB, 1_000, 500_000),
    trial_days: 14,
    trial_limits: { max_users: 5, max_stores: 1, max_registers: 2 },
  },
  enterprise: {
    name: 'Enterprise',
    modules: EVERY,
    limits: limits(null, null, null, null, 1024 * GIB, 3_000, null),
    trial_days: 0,
    trial_limits: {},
  },
} as const satisfies Record<
  string,
  { name: string; modules: readonly ToggleModule[]; limits: Limits; trial_days: number; trial_limits: Partial<Limits> }
>;
export type PlanCode = 'free' | 'standard' | 'premium' | 'enterprise';

/** What is bought beside a plan. Each unit adds to the limits named; on one that has no limit it changes nothing. */
export const ADD_ONS = {
  extra_users: { name: 'Extra user', limits: { max_users: 1 } },
  extra_stores: { name: 'Extra store', limits: { max_stores: 1 } },
  extra_registers: { name: 'Extra register', limits: { max_registers: 1 } },
  extra_storage: { name: 'Extra storage, 10 GiB', limits: { storage_bytes: 10 * GIB } },
} as const satisfies Record<string, { name: string; limits: Partial<Limits> }>;
export type AddOnCode = keyof typeof ADD_ONS;

export const BILLING_INTERVALS = ['month', 'quarter', 'year'] as const;
export type BillingInterval = (typeof BILLING_INTERVALS)[number];
export interface PlanPrice {
  readonly currency: string;
  readonly interval: BillingInterval;
  /** Minor units. */
  readonly amount: number;
}
/** A year costs ten months. */
const MONTHS_PAID: Readonly<Record<BillingInterval, number>> = { month: 1, quarter: 3, year: 10 };
const prices = (monthly: number): PlanPrice[] =>
  ['EUR', 'USD'].flatMap((currency) =>
    BILLING_INTERVALS.map((interval) => ({ currency, interval, amount: monthly * MONTHS_PAID[interval] })),
  );

/** The price list that an installation starts with; staff change it. What has no price is sold by staff alone. */
export const PLAN_PRICES: Readonly<Record<PlanCode | AddOnCode, readonly PlanPrice[]>> = {
  free: prices(0),
  standard: prices(2_900),
  premium: prices(9_900),
  enterprise: [],
  extra_users: prices(500),
  extra_stores: prices(1_900),
  extra_registers: prices(900),
  extra_storage: prices(500),
};
