import type { QueryRunner } from 'typeorm';

/** A query runner that writes down what a migration says and sends nothing: `plan` changes nothing, and takes no lock either. */
export interface Recorder {
  readonly runner: QueryRunner;
  readonly statements: readonly string[];
}

const recorders = new WeakSet<QueryRunner>();

/** Is this run only a plan? Steps that decide by what they read (`withRows`) skip their reading then. */
export function isPlan(db: QueryRunner): boolean {
  return recorders.has(db);
}

export function recorder(): Recorder {
  const statements: string[] = [];
  const query = async (sql: string, _parameters?: unknown[], structured = false): Promise<unknown> => {
    statements.push(sql.trim());
    return structured ? { affected: 0, records: [], raw: [] } : [];
  };
  const runner = new Proxy({} as QueryRunner, {
    get(_target, property) {
      if (property === 'query') return query;
      throw new Error(`a migration speaks through query() alone, not through ${String(property)}: a plan could not show it`);
    },
  });
  recorders.add(runner);
  return { runner, statements };
}

/** Does this statement take rows or columns away for good? */
export function losesData(statement: string): boolean {
  return /^\s*(drop\s+table|truncate|delete\s+from\s+(?!partition_plans\b)|alter\s+table\s+[\s\S]*\bdrop\s+column\b)/i.test(statement);
}
