export interface TableToEmpty {
  readonly table_name: string;
  /** Tables that its foreign keys point to, itself left out. */
  readonly refers_to: readonly string[];
}

/** Tables in an order in which they can be emptied: each before those it refers to. Pure; equal input gives equal order. @throws on a circle */
export function deletionOrder(tables: readonly TableToEmpty[]): string[] {
  const left = new Map(tables.map((table) => [table.table_name, table.refers_to]));
  const order: string[] = [];
  while (left.size) {
    const needed = new Set([...left.values()].flat());
    const free = [...left.keys()].filter((name) => !needed.has(name)).sort();
    if (free.length === 0) throw new Error(`foreign keys form a circle: ${[...left.keys()].sort().join(', ')}`);
    order.push(...free);
    for (const name of free) left.delete(name);
  }
  return order;
}
