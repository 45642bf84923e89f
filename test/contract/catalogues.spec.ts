import fs from 'node:fs';
import path from 'node:path';
import { AUDIT_ACTIONS, type AuditAction } from '../../libs/contracts/audit-actions.js';
import { ERRORS, type ErrorCode } from '../../libs/contracts/errors.js';
import { EVENTS, type EventType } from '../../libs/contracts/events.js';
import { PERMISSIONS } from '../../libs/contracts/permissions.js';
import { createRegistry } from '../../apps/api/src/app.module.js';
import { typescriptFiles } from '../architecture/source/tree.js';

/**
 * What the product says by name: errors, audit actions, events. A name that nothing uses is dead; one that is meant for a module which
 * is not built yet stands in its list, with that module, and leaves it when the code comes.
 */
const program = typescriptFiles().filter(
  ({ path }) => /^(apps\/api\/src|libs\/(platform|contracts))\//.test(path) && !path.endsWith('.spec.ts'),
);
const outside = (file: string) => program.filter(({ path }) => path !== file);
const usedIn = (sources: readonly { readonly text: string }[], name: string): boolean =>
  sources.some(({ text }) => text.includes(`'${name}'`));

const NEXT_CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  https_required: 'TLS enforcement behind a proxy',
  precondition_required: 'routes that demand If-Match',
  maintenance: 'maintenance mode',
};
const NEXT_ACTIONS: Readonly<Partial<Record<AuditAction, string>>> = {
  'provisioning.step_finished': 'a row a step would drown the log; kept for the console’s export',
  'ops.provisioning_tick': 'the tick audits nothing of its own',
  'variant.updated': 'variants of products',
  'csp.reported': 'reports go to the security log',
  'mailbox.cleared': 'the mailbox is a developer’s own',
};
const NEXT_EVENTS: Readonly<Partial<Record<EventType, string>>> = {};

describe('error codes', () => {
  const codes = Object.entries(ERRORS);
  it('have a status of a refusal, a level and one sentence each', () => {
    expect(codes.filter(([, { status }]) => !Number.isInteger(status) || status < 400 || status > 599)).toEqual([]);
    expect(codes.filter(([, { sentence }]) => !/^[A-Z].{5,}\.$/.test(sentence)).map(([code]) => code)).toEqual([]);
    expect(codes.filter(([code]) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(code))).toEqual([]);
  });
  it('are logged as errors only where the fault is ours', () => {
    expect(codes.filter(([, { status, level }]) => level === 'error' && status < 500).map(([code]) => code)).toEqual([]);
    expect(codes.filter(([, { status, level }]) => status === 500 && level !== 'error').map(([code]) => code)).toEqual([]);
  });
  it('are used, or wait for a module that is named', () => {
    const dead = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => !usedIn(outside('libs/contracts/errors.ts'), code));
    expect(dead.sort()).toEqual(Object.keys(NEXT_CODES).sort());
  });
  it('have a text in the SPA', () => {
    const texts = JSON.parse(fs.readFileSync(path.resolve(__dirname, '../../apps/web/src/locales/en.json'), 'utf8')) as Readonly<
      Record<string, unknown>
    >;
    expect(Object.keys(ERRORS).filter((code) => !texts[`error.${code}`])).toEqual([]);
  });
});

describe('audit actions', () => {
  it('are named like what happened, and say what they are about', () => {
    const wrong = Object.entries(AUDIT_ACTIONS).filter(
      ([name, { targets }]) => !/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/.test(name) || targets.length === 0,
    );
    expect(wrong).toEqual([]);
  });
  it('are recorded somewhere, or wait for a module that is named', () => {
    const sources = outside('libs/contracts/audit-actions.ts').map(({ text }) => ({
      text: text.replace(/@Audited\([^)]*\)/g, '').replace(/audit_actions: \[[^\]]*\]/g, ''),
    }));
    const dead = (Object.keys(AUDIT_ACTIONS) as AuditAction[]).filter((action) => !usedIn(sources, action));
    expect(dead.sort()).toEqual(Object.keys(NEXT_ACTIONS).sort());
  });
  it('keep personal values apart from the fields that stay', () => {
    const personal = /email|name$|phone|address|^ip$/;
    const exposed = Object.entries(AUDIT_ACTIONS).flatMap(([action, { fields, personal: kept }]) =>
      (fields as readonly string[])
        .filter((field) => personal.test(field) && !(kept as readonly string[]).includes(field) && field !== 'name')
        .map((field) => `${action} ${field}`),
    );
    expect(exposed).toEqual([]);
  });
});

describe('events', () => {
  const registry = createRegistry();
  it('are a resource and what happened to it, with a summary and the permission of whoever reads them', () => {
    const wrong = Object.entries(EVENTS).filter(
      ([type, { summary, requires }]) =>
        !/^[a-z]+\.[a-z]+(_[a-z]+)*$/.test(type) || summary.length < 8 || !Object.hasOwn(PERMISSIONS, requires),
    );
    expect(wrong).toEqual([]);
  });
  it('are declared by exactly one module', () => {
    expect([...registry.events].sort()).toEqual(Object.keys(EVENTS).sort());
  });
  it('are emitted, or wait for a module that is named', () => {
    const sources = outside('libs/contracts/events.ts').map(({ text }) => ({ text: text.replace(/events: \[[^\]]*\]/g, '') }));
    const silent = (Object.keys(EVENTS) as EventType[]).filter((type) => !usedIn(sources, type));
    expect(silent.sort()).toEqual(Object.keys(NEXT_EVENTS).sort());
  });
  it('that webhooks may carry are those of the page', () => {
    const open = Object.entries(EVENTS).filter(([, event]) => event.public).map(([type]) => type); // prettier-ignore
    expect(open.sort()).toEqual([
      'inventory.created', 'inventory.deleted', 'inventory.updated', 'invitation.accepted', 'invitation.created', 'role.updated', 'store.created', 'tenant.updated',
      'user.created', 'webhook.endpoint_disabled', 'webhook.endpoint_failing', 'webhook.test',
    ]); // prettier-ignore
  });
});

describe('the registry', () => {
  it('[004-05] has the 24 core permissions of the seed, exactly', () => {
    const core = Object.entries(PERMISSIONS).filter(([, entry]) => entry.core).map(([name]) => name); // prettier-ignore
    expect(core.sort()).toEqual(
      [
        ...['inventory', 'orders', 'users'].flatMap((resource) =>
          ['read', 'write', 'delete', 'admin'].map((action) => `${resource}:${action}`),
        ),
        ...['read', 'write', 'admin'].map((action) => `ai:${action}`),
        ...['read', 'write', 'export'].map((action) => `reports:${action}`),
        ...['read', 'write', 'admin'].map((action) => `tenants:${action}`),
        ...['read', 'write', 'delete'].map((action) => `webhooks:${action}`),
      ].sort(),
    );
    expect(core).toHaveLength(24);
  });
});
