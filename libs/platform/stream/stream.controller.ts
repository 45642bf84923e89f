import { Controller, createParamDecorator, Get, Header, Headers, Query, StreamableFile, type ExecutionContext } from '@nestjs/common';
import { fail, invalid, Problem } from '#contracts/errors.js';
import {
  Authorizer,
  bearer,
  StaffAuthenticator,
  type AuthzContext,
  type RequestFacts,
  type StaffMember,
  type VerifiedCredential,
} from '../auth/index.js';
import type { PlatformScope, TenantScope } from '../db/index.js';
import { Answers, Facts, OnBehalf, Platform, SignedIn } from '../http/index.js';
import { StreamAudience } from './stream-audience.js';
import { StreamHub } from './stream-hub.js';
import { StreamSession, type SessionTerms } from './stream-session.js';
import { StreamTopics, type StreamCaller } from './stream-topics.js';

const TOPICS_MAX = 20;

/** What the access guard has left on the request. */
interface Guarded {
  readonly credential?: VerifiedCredential;
  readonly authz?: AuthzContext;
  readonly scope?: TenantScope | PlatformScope;
  readonly staff?: StaffMember;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Guarded => context.switchToHttp().getRequest<Guarded>());

interface Opening extends Pick<SessionTerms, 'expires_at'> {
  /** The caller with the rights of now, or why there are none any more. */
  again(): Promise<StreamCaller | string>;
}

/** Live hints. Two routes because a route has one kind of caller: people and keys of a tenant, and staff. */
@Controller()
export class StreamController {
  constructor(
    private readonly hub: StreamHub,
    private readonly audience: StreamAudience,
    private readonly topics: StreamTopics,
    private readonly authorizer: Authorizer,
    private readonly staff: StaffAuthenticator,
  ) {}

  @Get('stream')
  @SignedIn()
  @OnBehalf()
  @Answers(200, 'stream', 'validation_failed', 'rate_limited')
  @Header('cache-control', 'no-store')
  @Header('x-accel-buffering', 'no')
  stream(
    @Caller() request: Guarded,
    @Facts() facts: RequestFacts,
    @Query('topics') topics: unknown,
    @Headers('last-event-id') last?: string,
  ): Promise<StreamableFile> {
    const { credential, authz, scope } = request;
    if (!credential || !authz || !scope) throw fail('internal');
    const callerOf = ({ principal: { principal_id, user_id }, effective }: AuthzContext): StreamCaller => ({
      kind: 'tenant',
      scope: scope as TenantScope,
      principal_id,
      user_id,
      may: (permission) => effective.get(permission) === 'all',
    });
    return this.open(callerOf(authz), authz.tenant_id, topics, last, {
      expires_at: credential.kind === 'user' ? credential.expires_at : null,
      again: async () => {
        const now = await this.authorizer.authorize(credential, facts);
        return now.access === 'full' || now.access === 'read_only' ? callerOf(now) : `tenant_${now.access}`;
      },
    });
  }

  @Get('platform/stream')
  @Platform('platform:read')
  @Answers(200, 'stream', 'validation_failed', 'rate_limited')
  @Header('cache-control', 'no-store')
  @Header('x-accel-buffering', 'no')
  platformStream(
    @Caller() request: Guarded,
    @Facts() facts: RequestFacts,
    @Query('topics') topics: unknown,
    @Headers('last-event-id') last?: string,
  ): Promise<StreamableFile> {
    const { staff, scope } = request;
    const token = bearer(request as Parameters<typeof bearer>[0]);
    if (!staff || !scope || !token) throw fail('internal');
    const caller: StreamCaller = { kind: 'staff', scope: scope as PlatformScope, principal_id: staff.platform_user_id };
    return this.open(caller, null, topics, last, {
      expires_at: staff.expires_at,
      again: async () => ((await this.staff.authenticate(token, facts)).permissions.includes('platform:read') ? caller : 'tenant_closed'),
    });
  }

  private async open(
    caller: StreamCaller,
    tenant_id: string | null,
    wanted: unknown,
    last: string | undefined,
    { expires_at, again }: Opening,
  ): Promise<StreamableFile> {
    const topics = readTopics(wanted);
    if (!(await this.allows(caller, topics))) throw fail('not_found');
    const session = StreamSession.open(this.hub, {
      reader: { topics, tenant_id, principal_id: caller.principal_id },
      last_event_id: last?.slice(0, 64) || null,
      expires_at,
      recheck: () => this.refusal(again, topics),
    });
    if (!session) throw fail('rate_limited', { retry_after: 5 });
    if (tenant_id !== null) session.once('close', this.audience.enter(tenant_id, this.topics.announced(topics)));
    return new StreamableFile(session, { type: 'text/event-stream; charset=utf-8' });
  }
  private async allows(caller: StreamCaller, topics: ReadonlySet<string>): Promise<boolean> {
    const allowed = await Promise.all([...topics].map((topic) => this.topics.allows(caller, topic)));
    return !allowed.includes(false);
  }

  /** The code of the refusal for a caller whose rights are gone, null while they hold. */
  private async refusal(again: Opening['again'], topics: ReadonlySet<string>): Promise<string | null> {
    try {
      const caller = await again();
      if (typeof caller === 'string') return caller;
      return (await this.allows(caller, topics)) ? null : 'topic_refused';
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return error.code;
      throw error;
    }
  }
}

function readTopics(wanted: unknown): ReadonlySet<string> {
  const refuse = (code: string, message: string) => invalid([{ field: '/query/topics', code, message }]);
  if (typeof wanted !== 'string' || wanted === '') throw refuse('required', 'Name the topics, separated by commas.');
  const topics = new Set(wanted.split(','));
  if (topics.size > TOPICS_MAX) throw refuse('too_many', `At most ${TOPICS_MAX} topics.`);
  return topics;
}
