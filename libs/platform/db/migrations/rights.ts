import { identifier } from './names.js';

/** "select, insert, update(name, status)": what a role may do with a table; "none" for nothing. */
export type Rights = string;

const RIGHT = /^(select|insert|update|delete)\s*(?:\(([^)]*)\))?$/;

/**
 * The GRANT for `rights`. A right to update some columns is also one to update `maintained` ones (`updated_at`, `row_version`): services
 * write them in the same statement, and a forgotten column here would be a 42501 there.
 */
export function grant(table: string, role: string, rights: Rights, maintained: readonly string[] = []): string[] {
  if (rights.trim() === 'none') return [];
  const parts = splitOutsideParentheses(rights).map((part) => {
    const [, right, columns] = RIGHT.exec(part) ?? [];
    if (right === undefined) throw new Error(`${table}: not a right: "${part}"`);
    if (columns === undefined) return right;
    const named = columns.split(',').map((column) => identifier(column.trim()));
    return `${right} (${[...new Set(right === 'update' ? [...named, ...maintained] : named)].join(', ')})`;
  });
  return [`grant ${parts.join(', ')} on table ${identifier(table)} to ${identifier(role)}`];
}

function splitOutsideParentheses(list: string): string[] {
  return list.split(/,(?![^(]*\))/).map((part) => part.trim().replace(/\s+/g, ' '));
}
