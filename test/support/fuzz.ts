/** A JSON Schema as our documents use it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const ODD_TEXTS = [
  '', ' ', '\t\n', '0', '-1', 'null', 'true', '[]', '{}', "'", '"', '\\', '%', '_', '\u007f', '\u200b', '\u202e', '\ufeff', '\uffff', '\u0000', '\ud800', 'e\u0301', '𝕏', '🫖', 'ß', 'İ', 'ﬁ', '../../etc/passwd',
  "'; drop table tenants; --", '$1', '${7*7}', '{{7*7}}', '<script>', 'a@b', 'A@B.C', 'x@y.example', '2026-02-30T00:00:00Z', '9999-12-31T23:59:59Z', '0000-00-00', '-infinity', 'Infinity', 'NaN', 'MAIN', 'owner', 'x'.repeat(70), 'ü'.repeat(200), 'x'.repeat(5_000),
] as const; // prettier-ignore
const ODD_NUMBERS = [0, -0, 1, -1, 0.1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 53), 2 ** 63, 1e21, 1e308, -1e308, 5e-324] as const;

/** Values that look like what a schema asks for, and often enough are not. The same seed gives the same values. */
export class Fuzz {
  private state: number;

  constructor(
    readonly seed: number,
    private readonly schemas: Readonly<Record<string, Schema>>,
    /** Ids that exist. */
    private readonly ids: readonly string[],
  ) {
    this.state = seed >>> 0;
  }

  /** 0 ≤ x < 1 (mulberry32) */
  random(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  chance(p: number): boolean {
    return this.random() < p;
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  value(schema: Schema, depth = 0): unknown {
    if (this.chance(0.12)) return this.wild(depth);
    if (schema.$ref) return this.value(this.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, depth);
    if (schema.anyOf) return this.value(this.pick(schema.anyOf), depth);
    if (schema.enum && this.chance(0.9)) return this.pick(schema.enum);
    const type = Array.isArray(schema.type) ? this.pick(schema.type as readonly string[]) : schema.type;
    switch (type) {
      case 'string':
        return this.text(schema);
      case 'integer':
      case 'number':
        return this.chance(0.6) ? Math.floor(this.random() * 10_000) : this.pick(ODD_NUMBERS);
      case 'boolean':
        return this.chance(0.5);
      case 'array':
        return Array.from({ length: Math.floor(this.random() * Math.min(4, (schema.maxItems ?? 4) + 1)) }, () =>
          this.value(schema.items ?? {}, depth + 1),
        );
      case 'object':
        return this.object(schema, depth);
      default:
        return this.wild(depth);
    }
  }

  id(): string {
    return this.chance(0.7)
      ? this.pick(this.ids)
      : this.pick([
          '0190b2f0-0000-7000-8000-000000000000',
          'ffffffff-ffff-ffff-ffff-ffffffffffff',
          '00000000-0000-0000-0000-000000000000',
          'x',
          '',
        ]);
  }

  private text(schema: Schema): string {
    if (schema.format === 'uuid') return this.id();
    if (schema.format === 'email') return this.chance(0.7) ? `p${Math.floor(this.random() * 1e9)}@example.com` : this.pick(ODD_TEXTS);
    if (schema.format === 'date-time')
      return this.chance(0.6) ? new Date(Date.now() + (this.random() - 0.5) * 1e12).toISOString() : this.pick(ODD_TEXTS);
    if (this.chance(0.4)) return this.pick(ODD_TEXTS);
    const max = Math.min(schema.maxLength ?? 20, 30);
    return Array.from({ length: Math.max(schema.minLength ?? 1, Math.floor(this.random() * max)) }, () =>
      this.pick([...'abcXYZ019-_ .é']),
    ).join('');
  }

  private object(schema: Schema, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (this.chance(schema.required?.includes(name) ? 0.93 : 0.5)) object[name] = this.value(property, depth + 1);
    }
    if (!schema.properties || this.chance(0.05))
      object[this.pick(['x', 'constructor', 'toString', 'length', '$where', 'tenant_id', 'a/b~c', ''])] = this.wild(depth + 1);
    return object;
  }

  private wild(depth: number): unknown {
    switch (Math.floor(this.random() * 7)) {
      case 0:
        return null;
      case 1:
        return this.pick(ODD_TEXTS);
      case 2:
        return this.pick(ODD_NUMBERS);
      case 3:
        return this.chance(0.5);
      case 4:
        return depth > 3 ? [] : Array.from({ length: this.pick([0, 1, 2, 300]) }, () => this.pick(ODD_TEXTS));
      case 5:
        return depth > 3 ? {} : { [this.pick(ODD_TEXTS)]: this.wild(depth + 1), mode: this.wild(depth + 1) };
      default:
        return this.id();
    }
  }
}
