/** The permission catalogue as a table: a row for each resource, a column for each common action, the rest by name. */
export const COMMON_ACTIONS = ['read', 'write', 'delete', 'admin', 'export'] as const;

export interface MatrixRow {
  readonly resource: string;
  /** Action → permission name. */
  readonly common: Readonly<Partial<Record<string, string>>>;
  readonly others: readonly { readonly action: string; readonly name: string }[];
}

export function matrixOf(names: readonly string[]): MatrixRow[] {
  const rows = new Map<string, { resource: string; common: Record<string, string>; others: { action: string; name: string }[] }>();
  for (const name of names) {
    const [resource = '', action = ''] = name.split(':');
    const row = rows.get(resource) ?? { resource, common: {}, others: [] };
    rows.set(resource, row);
    if ((COMMON_ACTIONS as readonly string[]).includes(action)) row.common[action] = name;
    else row.others.push({ action, name });
  }
  return [...rows.values()];
}

/** `<resource>:admin` holds the other actions of its resource (libs/contracts/permissions.ts). */
export function impliedNames(chosen: ReadonlySet<string>, all: readonly string[]): Set<string> {
  return new Set(all.filter((name) => !name.endsWith(':admin') && chosen.has(`${name.split(':')[0]}:admin`)));
}
