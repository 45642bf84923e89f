/** Keys of the SPA's navigation, for `nav[]` of GET /me. The SPA's table is `Record<NavKey, …>`. */
export const NAV_KEYS = ['home', 'inventory', 'team', 'roles', 'stores', 'webhooks', 'api_keys', 'audit', 'settings'] as const;
export type NavKey = (typeof NAV_KEYS)[number];
