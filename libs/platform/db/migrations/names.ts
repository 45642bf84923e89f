/** Longer names are cut by PostgreSQL without a word, and two cut names may be equal. */
const LONGEST = 63;

/** An identifier that needs no quotes. Helpers put names into DDL, which takes no parameters, so each is looked at first. */
export function identifier(name: string): string {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`not a plain identifier: ${name}`);
  if (name.length > LONGEST) throw new Error(`longer than ${LONGEST} characters: ${name}`);
  return name;
}

/**
 * `<table>_<columns>_<pk|fk|key|check|idx>`: the error filter maps constraints to codes by these names, so they are
 * computed, never typed. An entry of `columns` may carry a direction or an operator class ("created_at desc"); only its first word counts.
 */
export function constraintName(table: string, columns: readonly string[], kind: 'pk' | 'fk' | 'key' | 'check' | 'idx'): string {
  return identifier([table, ...columns.map(firstWord), kind].join('_'));
}

function firstWord(column: string): string {
  return column.split(' ')[0] ?? '';
}
