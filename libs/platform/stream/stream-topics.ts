import { Injectable } from '@nestjs/common';
import { isUuid } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import type { PlatformScope, TenantScope } from '../db/index.js';

/** Who asks for a stream: a person or key in a tenant, or staff. */
export type StreamCaller =
  | {
      readonly kind: 'tenant';
      readonly scope: TenantScope;
      readonly principal_id: string;
      readonly user_id: string;
      /** Does the caller hold it now, over the whole tenant? */
      may(permission: Permission): boolean;
    }
  | { readonly kind: 'staff'; readonly scope: PlatformScope; readonly principal_id: string };

/**
 * May the caller read `<prefix>` (id null) or `<prefix>:<id>`? The same answer as the GET that the topic mirrors. Asked when a stream is
 * opened and again every two seconds while it is.
 */
export type TopicRule = (caller: StreamCaller, id: string | null) => Promise<boolean> | boolean;

/** Topics and who may read them. Modules register theirs in `onModuleInit`: `topics.register('provisioning', (caller) => caller.kind === 'staff')`. */
@Injectable()
export class StreamTopics {
  /** `me` is everybody's own: what they may do has changed, ask GET /me again. */
  readonly #rules = new Map<string, TopicRule>([['me', (caller, id) => caller.kind === 'tenant' && id === null]]);

  readonly #announced = new Set<string>();

  /** @param announced its publisher asks `StreamAudience` whether anybody reads it, because it would publish often */
  register(prefix: string, rule: TopicRule, { announced = false }: { readonly announced?: boolean } = {}): void {
    if (!/^[a-z_]+$/.test(prefix)) throw new Error(`topic ${prefix}: lower-case letters and "_"`);
    if (this.#rules.has(prefix)) throw new Error(`topic ${prefix} is registered twice`);
    this.#rules.set(prefix, rule);
    if (announced) this.#announced.add(prefix);
  }

  /** False for a topic that is refused, unknown or malformed: the caller sees one 404 for all of them. */
  async allows(caller: StreamCaller, topic: string): Promise<boolean> {
    const [prefix = '', ...rest] = topic.split(':');
    const rule = this.#rules.get(prefix);
    if (!rule || rest.length > 1) return false;
    const id = rest[0] ?? null;
    if (id !== null && !isUuid(id)) return false;
    return rule(caller, id);
  }

  /** Those that `StreamAudience` is told of. */
  announced(topics: ReadonlySet<string>): string[] {
    return [...topics].filter((topic) => this.#announced.has(topic.split(':')[0] ?? ''));
  }
}
