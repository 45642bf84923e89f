import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type supertest from 'supertest';
import { ERRORS, type ErrorCode } from '../../libs/contracts/errors.js';
import type { Route } from '../../libs/platform/auth/index.js';
import { rewriteUrl } from '../../libs/platform/http/server.js';
import { openApiDocument } from '../../libs/platform/openapi/index.js';

/** What of an answer the check looks at. */
export interface Answer {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly body: unknown;
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
  readonly 'x-codes': readonly ErrorCode[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}
interface KnownRoute {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly parameters: number;
  readonly operation: Operation;
}

/** What any request may be answered before a route is reached, or whatever the route is. */
const ANYWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['not_found', 'method_not_allowed', 'malformed_json', 'unsupported_media_type', 'body_too_large', 'uri_too_long', 'header_too_large']); // prettier-ignore

/**
 * Holds every answer of the tests against the OpenAPI document: a field, a status or a code that the document does not know fails the
 * test that got it. One for each application; schemas are compiled when they are first needed.
 */
export class AnswerCheck {
  private readonly known: readonly KnownRoute[];
  private readonly ajv = newAjv();
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly problem: ValidateFunction;
  /** `<operationId> <status or code>` of everything that was answered. */
  readonly seen = new Set<string>();

  constructor(routes: readonly Route[]) {
    const document = openApiDocument(routes, { title: 'test', version: '0' }) as unknown as Document;
    this.ajv.addSchema({ $id: 'openapi', components: document.components });
    this.problem = this.ajv.compile({ $ref: 'openapi#/components/schemas/Problem' });
    this.known = routes
      .map((route) => {
        const path = `/api/v1${route.path.replace(/:([A-Za-z_]+)/g, '{$1}')}`;
        const operation = document.paths[path]?.[route.method.toLowerCase()];
        if (!operation) throw new Error(`${route.method} ${path} is not in the OpenAPI document`);
        const pattern = new RegExp(`^/api/v1${route.path.replace(/:[A-Za-z_]+/g, '[^/]+')}/?$`);
        return { route, pattern, parameters: (route.path.match(/:/g) ?? []).length, operation };
      })
      .sort((a, b) => a.parameters - b.parameters);
  }

  /** @throws Error that says what the document does not know */
  check(answer: Answer): void {
    const faults = this.faults(answer);
    if (faults.length)
      throw new Error(
        `${answer.method} ${answer.url} → ${answer.status}: ${faults.slice(0, 5).join('; ')}\n${answer.text.slice(0, 1_000)}`,
      );
  }

  /** What is wrong with an answer; empty: nothing. */
  faults(answer: Answer): string[] {
    const path = rewriteUrl(answer.url).split('?')[0] ?? '';
    if (!path.startsWith('/api/v1/') || path.startsWith('/api/v1/health') || answer.method === 'OPTIONS' || answer.method === 'HEAD')
      return [];
    const found = this.known.find(({ route, pattern }) => route.method === answer.method && pattern.test(path));
    if (answer.status >= 400) return this.refusal(answer, found ?? null);
    return found ? this.success(answer, found) : [`no route of the document answers ${answer.method} ${path}`];
  }

  private success(answer: Answer, { route, operation }: KnownRoute): string[] {
    this.seen.add(`${route.id} ${answer.status}`);
    if (answer.status === 304 && answer.method === 'GET') return answer.text === '' ? [] : ['a 304 has no body'];
    const declared = operation.responses[String(answer.status)];
    if (!declared) return [`status ${answer.status} is not declared, ${route.answer.status} is`];
    if (!declared.content) return answer.text === '' ? [] : ['no body is declared'];
    const [type] = Object.keys(declared.content);
    const sent = String(answer.headers['content-type'] ?? '');
    if (!sent.startsWith(type ?? '')) return [`content type ${sent}, declared ${type}`];
    if (type !== 'application/json') return [];
    const validate = this.validatorOf(`${route.id} ${answer.status}`, declared.content['application/json']?.schema ?? {});
    return validate(answer.body) ? [] : said(validate);
  }

  private refusal(answer: Answer, found: KnownRoute | null): string[] {
    const sent = String(answer.headers['content-type'] ?? '');
    if (!sent.startsWith('application/problem+json')) return [`a refusal of type ${sent || 'none'}`];
    if (!this.problem(answer.body)) return said(this.problem);
    const { code, status, title, request_id, type } = answer.body as {
      code: ErrorCode;
      status: number;
      title: string;
      request_id: string;
      type: string;
    };
    this.seen.add(`${found?.route.id ?? '-'} ${code}`);
    return [
      ...(status === answer.status && status === ERRORS[code].status ? [] : [`code ${code} with status ${answer.status}`]),
      ...(title === ERRORS[code].sentence ? [] : ['another sentence than the catalogue’s']),
      ...(type === `urn:tenantry:problem:${code}` ? [] : [`type ${type}`]),
      ...(request_id === answer.headers['x-request-id'] ? [] : ['request_id is not that of the header']),
      ...(ANYWHERE.has(code) || found?.operation['x-codes'].includes(code)
        ? []
        : [`${code} is not among x-codes of ${found?.route.id ?? 'any route'}`]),
    ];
  }

  /** @param answer whose schema it is: operation and status */
  private validatorOf(answer: string, schema: object): ValidateFunction {
    const known = this.validators.get(answer);
    if (known) return known;
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/')) as object;
    const compiled = this.ajv.compile(absolute);
    this.validators.set(answer, compiled);
    return compiled;
  }
}

/** JSON Schema 2020-12 with the formats that our documents use, checked simply. */
export function newAjv(): Ajv2020 {
  return new Ajv2020({
    strict: false,
    allErrors: true,
    formats: {
      uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/,
      email: /^[^\s@]+@[^\s@]+$/,
    },
  });
}

const said = (validate: ValidateFunction): string[] =>
  (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`);

type Client = ReturnType<typeof supertest>;
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options'] as const;

/** supertest whose every awaited answer is checked. */
export function checked(client: Client, check: AnswerCheck): Client {
  const wrapped = Object.fromEntries(
    METHODS.map((method) => [
      method,
      (url: string) => client[method](url).expect((response: supertest.Response) => check.check(answerOf(response, url))),
    ]),
  );
  return { ...client, ...wrapped } as unknown as Client;
}

/** `url` as the test wrote it: the client may have added a query. */
function answerOf(response: supertest.Response, url: string): Answer {
  const { req } = response as unknown as { req: { method: string; path: string } };
  const { status, headers, text, body } = response as { status: number; headers: Record<string, unknown>; text?: string; body: unknown };
  return { method: req.method, url: req.path || url, status, headers, text: text ?? '', body };
}
