import { Injectable } from '@nestjs/common';
import { isUuid } from '#contracts/ids.js';
import type { PlatformScope, TenantScope } from '../db/index.js';

/** Who asks for a stream: a person or key in a tenant, or staff. */
export type StreamCaller =
  | { readonly kind: 'tenant'; readonly scope: TenantScope; readonly principal_id: string; readonly user_id: string }
  | { readonly kind: 'staff'; readonly scope: PlatformScope; readonly principal_id: string };

/** May the caller read `<prefix>` (id null) or `<prefix>:<id>`? The same answer as the GET that the topic mirrors. */
export type TopicRule = (caller: StreamCaller, id: string | null) => Promise<boolean> | boolean;

/** Topics and who may read them. Modules register theirs in `onModuleInit`: `topics.register('provisioning', (caller) => caller.kind === 'staff')`. */
@Injectable()
export class StreamTopics {
  /** `me` is everybody's own: what they may do has changed, ask GET /me again. */
  readonly #rules = new Map<string, TopicRule>([['me', (caller, id) => caller.kind === 'tenant' && id === null]]);

  register(prefix: string, rule: TopicRule): void {
    if (!/^[a-z_]+$/.test(prefix)) throw new Error(`topic ${prefix}: lower-case letters and "_"`);
    if (this.#rules.has(prefix)) throw new Error(`topic ${prefix} is registered twice`);
    this.#rules.set(prefix, rule);
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
}
