import 'reflect-metadata';

/** How one environment variable is read. `secret`: also as NAME_FILE, at least 32 bytes, no placeholder; `required_in_production`. */
export interface VariableSpec {
  readonly name: string;
  readonly type: 'string' | 'int' | 'number' | 'boolean' | 'list' | 'url' | 'enum';
  /** One sentence for `.env.example` and docs/configuration.md. */
  readonly about: string;
  readonly area: string;
  readonly default?: string;
  readonly values?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly secret?: boolean;
  /** A secret that a person chooses (a password): no minimum of 32 bytes. */
  readonly chosen?: boolean;
  readonly required_in_production?: boolean;
  readonly pattern?: RegExp;
  /** Names of the seeds that mean the same; the first that is set counts. */
  readonly aliases?: readonly string[];
}

const KEY = Symbol('tenantry:variables');
export type DeclaredVariable = VariableSpec & { readonly property: string };

/** Declares a property of the config class to be read from the environment. */
export function Variable(spec: VariableSpec): PropertyDecorator {
  return (target, property) => {
    const known = (Reflect.getOwnMetadata(KEY, target) as DeclaredVariable[] | undefined) ?? [];
    Reflect.defineMetadata(KEY, [...known, { ...spec, property: String(property) }], target);
  };
}

export function variablesOf(target: object): readonly DeclaredVariable[] {
  return (Reflect.getOwnMetadata(KEY, target) as DeclaredVariable[] | undefined) ?? [];
}
