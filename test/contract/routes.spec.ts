import fs from 'node:fs';
import path from 'node:path';
import { offlineDocument } from '../../apps/api/src/boot/openapi.js';
import { createRegistry } from '../../apps/api/src/app.module.js';
import { AUDIT_ACTIONS } from '../../libs/contracts/audit-actions.js';
import { ERRORS } from '../../libs/contracts/errors.js';
import { PERMISSIONS, type Permission } from '../../libs/contracts/permissions.js';
import { RouteTable, type Route } from '../../libs/platform/auth/index.js';
import { openApiDocument, permissionOf } from '../../libs/platform/openapi/index.js';
import { newAjv } from '../support/openapi-check.js';
import { world, type World } from '../support/world.js';

const GOLDEN = path.join(__dirname, 'routes.golden.txt');
const COMMITTED = path.resolve(__dirname, '../../libs/client/openapi.json');

/** Routes that anybody may call. A new line is a decision that a reviewer sees. */
const PUBLIC_ROUTES: readonly string[] = [
  'DELETE /dev/mailbox',
  'GET /auth/invitation/:token',
  'GET /auth/password-policy',
  'GET /client-config',
  'GET /dev/mailbox',
  'GET /dev/mailbox/:mail_message_id',
  'GET /plans',
  'GET /signup/status/:token',
  'POST /auth/accept-invitation',
  'POST /auth/email/verify',
  'POST /auth/login',
  'POST /auth/logout',
  'POST /auth/mfa/verify',
  'POST /auth/password/forgot',
  'POST /auth/password/reset',
  'POST /auth/refresh',
  'POST /auth/switch-tenant',
  'POST /csp-reports',
  'POST /platform/auth/login',
  'POST /platform/auth/logout',
  'POST /platform/auth/mfa/verify',
  'POST /platform/auth/password/forgot',
  'POST /platform/auth/password/reset',
  'POST /platform/auth/refresh',
  'POST /signup',
];

/** Permissions of built modules that no route asks for yet, and why they exist all the same. */
const UNASKED: Readonly<Partial<Record<Permission, string>>> = {
  'inventory:delete': 'core name of seed 004; archiving an item is a change of status for now',
  'inventory:admin': 'core name of seed 004; implies the others',
  'users:admin': 'whoever holds it is an administrator: the last one stays',
  'audit:export': 'the export comes next',
};

interface Operation {
  readonly operationId: string;
  readonly 'x-permission': string;
  readonly 'x-codes': readonly string[];
  readonly 'x-audit'?: string | null;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
}
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> } & Record<string, unknown>;

let w: World;
let routes: readonly Route[];
let document: Document;

beforeAll(async () => {
  w = await world();
  ({ routes } = w.app.get(RouteTable));
  document = offlineDocument() as Document;
}, 60_000);

const operations = (): Operation[] => Object.values(document.paths).flatMap((methods) => Object.values(methods));
const nameOf = ({ method, path: template }: Pick<Route, 'method' | 'path'>): string => `${method} ${template}`;

describe('the permission snapshot', () => {
  it('is that of the routes (UPDATE_GOLDEN=1 writes it; a person reads the difference)', () => {
    const lines = routes
      .map((route) => [route.method, route.path, permissionOf(route), auditOf(route)].join(' '))
      .sort((x, y) => (x.split(' ')[1] ?? '').localeCompare(y.split(' ')[1] ?? '') || x.localeCompare(y));
    if (process.env['UPDATE_GOLDEN']) fs.writeFileSync(GOLDEN, `${lines.join('\n')}\n`);
    expect(lines).toEqual(fs.readFileSync(GOLDEN, 'utf8').trimEnd().split('\n'));
  });

  it('knows each public route', () => {
    expect(routes.filter(({ access }) => access.kind === 'public').map(nameOf).sort()).toEqual(PUBLIC_ROUTES); // prettier-ignore
  });

  it('[001-12] has an access for every route and an audit action, or a reason for none, for every one that changes something', () => {
    expect(routes.filter(({ access }) => !access).map(nameOf)).toEqual([]);
    expect(routes.filter(({ mutating, audited }) => mutating && !audited).map(nameOf)).toEqual([]);
    const known = new Set<string>(Object.keys(AUDIT_ACTIONS));
    expect(routes.flatMap(({ audited }) => (typeof audited === 'string' && !known.has(audited) ? [audited] : []))).toEqual([]);
    const reasons = routes.flatMap(({ audited }) => (audited && typeof audited !== 'string' ? [audited.none] : []));
    expect(reasons.filter((reason) => reason.length < 15)).toEqual([]);
  });

  it('asks for every permission of a module that is built, or says why not yet', () => {
    const asked = new Set<string>(routes.flatMap(({ access }) => (access.kind === 'requires' ? access.permissions : [])));
    const built = createRegistry().manifests.flatMap((manifest) => manifest.permissions);
    expect(built.filter((name) => !asked.has(name)).sort()).toEqual(Object.keys(UNASKED).sort());
    expect([...asked].filter((name) => !Object.hasOwn(PERMISSIONS, name))).toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  it('[002-91] is that of the running routes', () => {
    const running = openApiDocument(routes, document['info'] as { title: string; version: string });
    expect(running['paths']).toEqual(document.paths);
    expect(running).toEqual(document);
  });

  it('is the committed one (`npm run openapi` writes it)', () => {
    const committed = JSON.parse(fs.readFileSync(COMMITTED, 'utf8')) as Document;
    const parts = (from: Document): Record<string, unknown> => ({
      ...from.paths,
      ...(from['components'] as { schemas: object }).schemas,
      info: from['info'],
    });
    const [then, now] = [parts(committed), parts(JSON.parse(JSON.stringify(document)) as Document)];
    const different = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter(
      (name) => JSON.stringify(then[name]) !== JSON.stringify(now[name]),
    );
    expect(different).toEqual([]);
  });

  it('[002-91] is served as it is', async () => {
    const { body } = await w.request().get('/api-docs/openapi.json').set('host', 'localhost').expect(200);
    expect(body.paths).toEqual(JSON.parse(JSON.stringify(document.paths)));
  });

  it('has one operation a route, each with its own id', () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.sort()).toEqual(routes.map((route) => route.id).sort());
    expect(ids.filter((id) => !/^[a-z][A-Za-z]*_[a-z][A-Za-z]*$/.test(id))).toEqual([]);
  });

  it('declares codes of the catalogue only, and on every operation what its kind can be refused with', () => {
    const unknown = operations().flatMap((operation) =>
      operation['x-codes'].filter((code) => !Object.hasOwn(ERRORS, code)).map((code) => `${operation.operationId} ${code}`),
    );
    expect(unknown).toEqual([]);
    for (const operation of operations()) {
      const isOpen = operation.security?.length === 0;
      expect([operation.operationId, operation['x-codes'].includes('unauthenticated') || isOpen]).toEqual([operation.operationId, true]);
      expect(operation['x-codes']).toContain('internal');
    }
  });

  it('has schemas that compile, whose references resolve and whose objects take no other fields', () => {
    const components = (document['components'] as { schemas: Record<string, { type?: string; additionalProperties?: boolean }> }).schemas;
    const ajv = newAjv();
    ajv.addSchema({ $id: 'openapi', components: { schemas: components } });
    const broken = Object.keys(components).filter((name) => {
      const compile = () => ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
      return !isFine(compile);
    });
    expect(broken).toEqual([]);
    const open = Object.entries(components).filter(
      ([name, schema]) => name !== 'Problem' && schema.type === 'object' && schema.additionalProperties !== false,
    );
    expect(open.map(([name]) => name)).toEqual([]);
  });

  it('names fields in snake_case', () => {
    const components = (document['components'] as { schemas: Record<string, { properties?: object }> }).schemas;
    const names = Object.values(components).flatMap(({ properties }) => Object.keys(properties ?? {}));
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name))).toEqual([]);
  });
});

function auditOf({ audited }: Route): string {
  if (audited === null) return '-';
  return typeof audited === 'string' ? audited : `none (${audited.none})`;
}

function isFine(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false; // the name is what the test tells
  }
}
