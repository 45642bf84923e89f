import { sql, type PlatformDb, type PlatformScope, type Tx } from '../db/index.js';

export interface MailRow {
  readonly mail_message_id: string;
  readonly tenant_id: string | null;
  readonly to_email: string;
  readonly template: string;
  readonly subject: string;
  readonly body_sealed: Buffer | null;
  readonly state: 'queued' | 'sending' | 'sent' | 'failed' | 'held';
  readonly created_at: Date;
}

const ENQUEUE = sql`select mail_enqueue($1, $2, $3, $4, $5, $6)`;

/** The statements of queue `mail.send`; their parameters are those of `JobStatements`. */
export const MAIL_STATEMENTS = {
  due: sql`
    select mail_message_id, attempts
      from (
        (select mail_message_id, attempts, next_run_at as due_at from mail_messages
          where state = 'queued' and next_run_at <= now() order by next_run_at limit $1)
        union all
        (select mail_message_id, attempts, lease_until as due_at from mail_messages
          where state = 'sending' and lease_until < now() order by lease_until limit $1)
      ) due
     order by due_at limit $1`,
  claim: sql`
    update mail_messages
       set state = 'sending', lease_until = now() + make_interval(secs => $2::float8 / 1000), fence = fence + 1, attempts = attempts + 1
     where mail_message_id = $1 and ((state = 'queued' and next_run_at <= now()) or (state = 'sending' and lease_until < now()))
    returning mail_message_id, tenant_id, to_email, template, subject, body_sealed, attempts, fence`,
  heartbeat: sql`
    update mail_messages set lease_until = now() + make_interval(secs => $3::float8 / 1000)
     where mail_message_id = $1 and fence = $2 and state = 'sending' returning mail_message_id`,
  release: sql`
    update mail_messages
       set state = 'queued', lease_until = null, attempts = attempts - 1, next_run_at = now() + make_interval(secs => $3::float8 / 1000)
     where mail_message_id = $1 and fence = $2 and state = 'sending' returning mail_message_id`,
  retry: sql`
    update mail_messages
       set state = 'queued', lease_until = null, next_run_at = now() + make_interval(secs => $3::float8 / 1000), error_code = $4::jsonb ->> 'code'
     where mail_message_id = $1 and fence = $2 and state = 'sending' returning mail_message_id`,
  fail: sql`
    update mail_messages set state = 'failed', lease_until = null, error_code = $3::jsonb ->> 'code', body_sealed = null
     where mail_message_id = $1 and fence = $2 and state = 'sending' returning mail_message_id`,
} as const;

/** The body may hold a token that still works: once a server has it, ours goes. */
const SENT = sql`
  update mail_messages
     set state = 'sent', lease_until = null, sent_at = now(), error_code = null, provider_message_id = $3, body_sealed = case when $4 then body_sealed end
   where mail_message_id = $1 and fence = $2 and state = 'sending' returning mail_message_id`;

const RELEASE_HELD = sql`
  update mail_messages set state = 'queued', next_run_at = now() where state = 'held' and error_code is distinct from 'restored' returning mail_message_id`;
const HOLD_RESTORED = sql`
  update mail_messages set state = 'held', error_code = 'restored', lease_until = null
   where state in ('queued', 'sending') and created_at < $1 returning mail_message_id`;
const RELEASE_RESTORED = sql`
  update mail_messages set state = 'queued', next_run_at = now(), error_code = null where state = 'held' and error_code = 'restored' returning mail_message_id`;
const COUNT_OPEN = sql`select count(*)::int as open from mail_messages where state in ('queued', 'sending')`;
const COUNT_HELD = sql`select count(*)::int as held from mail_messages where state = 'held'`;
const EMPTY_OLD = sql`
  update mail_messages set body_sealed = null where body_sealed is not null and state in ('sent', 'failed') and created_at < now() - interval '7 days'
  returning mail_message_id`;

const LIST = sql`
  select mail_message_id, tenant_id, to_email, template, subject, body_sealed, state, created_at
    from mail_messages
   where body_sealed is not null and ($1::text is null or lower(to_email) = lower($1)) and ($2::text is null or template = $2)
     and ($3::uuid is null or mail_message_id > $3) and ($4::uuid is null or mail_message_id < $4)
   order by mail_message_id desc limit $5`;
const GET = sql`
  select mail_message_id, tenant_id, to_email, template, subject, body_sealed, state, created_at from mail_messages where mail_message_id = $1`;
const CLEAR = sql`delete from mail_messages where state <> 'sending' returning mail_message_id`;

export interface MailListFilter {
  readonly to: string | null;
  readonly template: string | null;
  /** Younger than this mail. */
  readonly after: string | null;
  /** Older than this mail: the next page. */
  readonly before: string | null;
  readonly take: number;
}

/** The only SQL over `mail_messages`. `tenantry_app` reaches it through the definer function alone. */
export class MailRepository {
  constructor(private readonly platform: PlatformDb) {}

  async enqueue(tx: Tx, mail: Omit<MailRow, 'tenant_id' | 'created_at' | 'state'> & { readonly state: 'queued' | 'held' }): Promise<void> {
    await tx.query(ENQUEUE, [mail.mail_message_id, mail.to_email, mail.template, mail.subject, mail.body_sealed, mail.state]);
  }

  /** False when another worker has the row by now. */
  async sent(
    scope: PlatformScope,
    mail_message_id: string,
    fence: string,
    provider_message_id: string,
    keep_body: boolean,
  ): Promise<boolean> {
    return (await this.platform.query(scope, SENT, [mail_message_id, fence, provider_message_id, keep_body])).length > 0;
  }

  async releaseHeld(scope: PlatformScope): Promise<number> {
    return (await this.platform.query(scope, RELEASE_HELD)).length;
  }

  async holdRestored(scope: PlatformScope, before: Date): Promise<number> {
    return (await this.platform.query(scope, HOLD_RESTORED, [before])).length;
  }

  async releaseRestored(scope: PlatformScope): Promise<number> {
    return (await this.platform.query(scope, RELEASE_RESTORED)).length;
  }

  async countOpen(scope: PlatformScope): Promise<number> {
    const [row] = await this.platform.query<{ open: number }>(scope, COUNT_OPEN);
    return row?.open ?? 0;
  }

  async countHeld(scope: PlatformScope): Promise<number> {
    const [row] = await this.platform.query<{ held: number }>(scope, COUNT_HELD);
    return row?.held ?? 0;
  }

  async emptyOld(scope: PlatformScope): Promise<number> {
    return (await this.platform.query(scope, EMPTY_OLD)).length;
  }

  /** Newest first. */
  list(scope: PlatformScope, { to, template, after, before, take }: MailListFilter): Promise<MailRow[]> {
    return this.platform.query<MailRow>(scope, LIST, [to, template, after, before, take]);
  }

  async find(scope: PlatformScope, mail_message_id: string): Promise<MailRow | null> {
    const [row] = await this.platform.query<MailRow>(scope, GET, [mail_message_id]);
    return row ?? null;
  }

  async clear(scope: PlatformScope): Promise<number> {
    return (await this.platform.query(scope, CLEAR)).length;
  }
}
