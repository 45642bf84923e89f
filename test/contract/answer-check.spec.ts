import { Controller, Get, Post } from '@nestjs/common';
import { ERRORS, type ErrorCode } from '../../libs/contracts/errors.js';
import { describeRoutes } from '../../libs/platform/auth/index.js';
import { Answers, Audited, In, Instant, ListOf, Nested, OneOf, Public, Text, Uuid } from '../../libs/platform/http/index.js';
import { AnswerCheck, type Answer } from '../support/openapi-check.js';

/** What every API spec stands on: an answer that the document does not declare is found. */
class PartOut {
  @Text() name: string;
}
class ThingOut {
  @Uuid() thing_id: string;
  @Text({ nullable: true }) note: string | null;
  @OneOf(['on', 'off'], { optional: true }) state?: string;
  @Nested(() => PartOut) part: PartOut;
  @ListOf({ dto: () => PartOut }) parts: PartOut[];
  @Instant() created_at: string;
}
class ThingIn {
  @Text() name: string;
}
@Controller('things')
class ThingsController {
  @Get(':thing_id')
  @Public()
  @Answers(200, ThingOut, 'not_found')
  get(): void {}

  @Get()
  @Public()
  @Answers(200, [ThingOut])
  list(): void {}

  @Post()
  @Public()
  @Audited({ none: 'a controller of this test' })
  @Answers(204, null, 'sku_taken')
  make(@In() _body: ThingIn): void {}
}

const check = new AnswerCheck([...describeRoutes([ThingsController]).values()]);
const thing = {
  thing_id: '0190b2f0-0000-7000-8000-000000000000',
  note: null,
  part: { name: 'p' },
  parts: [{ name: 'q' }],
  created_at: '2026-01-01T00:00:00.000Z',
};
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

function answer(over: Partial<Answer> & { body?: unknown }): Answer {
  const body = 'body' in over ? over.body : thing;
  return {
    method: 'GET',
    url: '/api/v1/things/x',
    status: 200,
    headers: JSON_TYPE,
    text: body === undefined ? '' : JSON.stringify(body),
    body,
    ...over,
  };
}
function refusal(code: ErrorCode, over: object = {}): Partial<Answer> & { body: unknown } {
  const { status, sentence } = ERRORS[code];
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'x-request-id': 'r' },
    body: { type: `urn:tenantry:problem:${code}`, title: sentence, status, code, request_id: 'r', ...over },
  };
}

describe('the check of answers', () => {
  it.each<[string, Parameters<typeof answer>[0]]>([
    ['a body as declared', {}],
    ['an optional field', { body: { ...thing, state: 'on' } }],
    ['a path without version', { url: '/api/things/x?a=b' }],
    ['a page', { url: '/api/v1/things?limit=1', body: { data: [thing], next_cursor: null } }],
    ['an answer that is not sent again', { status: 304, body: undefined, headers: {} }],
    ['nothing, where nothing is declared', { method: 'POST', url: '/api/v1/things', status: 204, body: undefined, headers: {} }],
    ['a declared refusal', refusal('not_found')],
    ['a refusal with fields of its own', refusal('not_found', { retry: true })],
    ['a refusal that any body can have', { method: 'POST', url: '/api/v1/things', ...refusal('malformed_json') }],
    ['a page of the SPA', { url: '/login', body: undefined, headers: { 'content-type': 'text/html' } }],
  ])('takes %s', (_, over) => expect(check.faults(answer(over))).toEqual([]));

  it.each<[string, Parameters<typeof answer>[0], RegExp]>([
    ['a field more', { body: { ...thing, secret: 'x' } }, /additional properties.*secret/],
    ['a field more, deep inside', { body: { ...thing, parts: [{ name: 'q', tenant_id: 'x' }] } }, /\/parts\/0 .*tenant_id/],
    ['a field less', { body: { ...thing, note: undefined } }, /required property 'note'/],
    ['null where it may not be', { body: { ...thing, created_at: null } }, /created_at must be string/],
    ['another type', { body: { ...thing, part: [] } }, /\/part must be object/],
    ['a value that is none of the list', { body: { ...thing, state: 'maybe' } }, /state must be equal to one of/],
    ['a page with a total', { url: '/api/v1/things', body: { data: [], next_cursor: null, total: 0 } }, /total/],
    ['another status of success', { status: 201 }, /status 201 is not declared/],
    ['a body where none is declared', { method: 'POST', url: '/api/v1/things', status: 204 }, /no body is declared/],
    ['another content type', { headers: { 'content-type': 'text/html' } }, /content type/],
    ['a code that is not declared', refusal('sku_taken'), /sku_taken is not among x-codes/],
    ['a code with another status', { ...refusal('not_found'), status: 400 }, /code not_found with status 400/],
    ['a code of no catalogue', refusal('not_found', { code: 'made_up' }), /code must be equal to one of/],
    ['another sentence', refusal('not_found', { title: 'Nope.' }), /another sentence/],
    ['another request id', refusal('not_found', { request_id: 'other' }), /request_id/],
    ['a refusal that is no problem', { status: 404, body: { message: 'Not Found' } }, /a refusal of type application\/json/],
    ['a route that does not exist', { url: '/api/v1/nothing' }, /no route/],
  ])('finds %s', (_, over, fault) => expect(check.faults(answer(over)).join('\n')).toMatch(fault));

  it('throws with the place and what was answered', () => {
    expect(() => check.check(answer({ status: 201 }))).toThrow(/GET \/api\/v1\/things\/x → 201: status 201.*\n\{"thing_id"/);
  });
});
