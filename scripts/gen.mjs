// npm run gen module suppliers: a module of the usual anatomy with one resource, its migration, its contracts and its API spec.
// The name is a plural noun. `--root <folder>` (tests): another tree of the same layout.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { addMigration } from './db-new.mjs';
import { ROOT } from './steps.mjs';

/** `suppliers` → every file of the module, by path. Template words: things, Things, thing, Thing. */
const FILES = {
  'apps/api/src/modules/things/index.ts': `
export { ThingsModule, manifest as thingsManifest } from './things.module.js';
export { Things } from './things.service.js';`,
  'apps/api/src/modules/things/things.module.ts': `
import { Module } from '@nestjs/common';
import { defineModule } from '#platform/modules/index.js';
import { ThingsController } from './things.controller.js';
import { Things } from './things.service.js';

export const manifest = defineModule({
  code: 'things',
  name: 'Things',
  core: false,
  depends_on: [],
  permissions: ['things:read', 'things:write'],
  events: ['thing.created', 'thing.updated'],
  audit_actions: ['thing.created', 'thing.updated'],
});

@Module({ controllers: [ThingsController], providers: [Things], exports: [Things] })
export class ThingsModule {}`,
  'apps/api/src/modules/things/things.controller.ts': `
import { Controller, Get, Patch, Post } from '@nestjs/common';
import type { TenantScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Requires, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { THING_LIST, ThingIn, ThingOut, ThingPatch } from './things.dto.js';
import { Things } from './things.service.js';

@Controller('things')
export class ThingsController {
  constructor(private readonly things: Things) {}

  @Get()
  @Requires('things:read')
  @Answers(200, [ThingOut])
  list(@Scope() scope: TenantScope, @Search(THING_LIST) list: ListOfQuery<typeof THING_LIST>) {
    return this.things.list(scope, list);
  }

  @Get(':thing_id')
  @Requires('things:read')
  @Answers(200, ThingOut)
  get(@Scope() scope: TenantScope, @Id('thing_id') thing_id: string) {
    return this.things.get(scope, thing_id);
  }

  @Post()
  @Requires('things:write')
  @Audited('thing.created')
  @Answers(201, ThingOut)
  create(@Scope() scope: TenantScope, @In() body: ThingIn) {
    return this.things.create(scope, body);
  }

  @Patch(':thing_id')
  @Requires('things:write')
  @Audited('thing.updated')
  @Answers(200, ThingOut)
  update(@Scope() scope: TenantScope, @Id('thing_id') thing_id: string, @In() body: ThingPatch) {
    return this.things.update(scope, thing_id, body);
  }
}`,
  'apps/api/src/modules/things/things.dto.ts': `
import { Instant, Int, listQuery, Text, Uuid } from '#platform/http/index.js';

export class ThingIn {
  @Text({ max: 200, pattern: /\\S/ }) name: string;
}
export class ThingPatch {
  @Text({ max: 200, pattern: /\\S/, optional: true }) name?: string;
}
export class ThingOut {
  @Uuid() thing_id: string;
  @Text({ max: 200 }) name: string;
  @Int() row_version: number;
  @Instant() created_at: string;
  @Instant() updated_at: string;
}
export const THING_LIST = listQuery({});`,
  'apps/api/src/modules/things/things.service.ts': `
import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService } from '../audit/index.js';
import { oneLine } from './one-line.js';
import type { THING_LIST, ThingIn, ThingOut, ThingPatch } from './things.dto.js';
import { thingRows, type ThingRow } from './things.repository.js';

@Injectable()
export class Things {
  constructor(
    private readonly db: TenantDb,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
  ) {}

  async list(scope: TenantScope, list: ListOfQuery<typeof THING_LIST>): Promise<Page<ThingOut>> {
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, (tx) => thingRows.list(tx, after, list.take));
    const page = list.page(rows, (row) => [row.thing_id]);
    return { ...page, data: page.data.map(thingOut) };
  }

  async get(scope: TenantScope, thing_id: string): Promise<ThingOut> {
    return this.db.run(scope, async (tx) => thingOut(await found(tx, thing_id)));
  }

  async create(scope: TenantScope, input: ThingIn): Promise<ThingOut> {
    return this.db.run(scope, async (tx) => {
      const thing_id = newId();
      const name = oneLine(input.name);
      await thingRows.insert(tx, thing_id, name);
      await this.audit.record(tx, 'thing.created', { targets: [{ type: 'thing', id: thing_id }], changes: [{ field: 'name', to: name }] });
      await this.outbox.emit(tx, { type: 'thing.created', subject_id: thing_id, sequence: 1, data: { thing_id, name } });
      return thingOut(await found(tx, thing_id));
    });
  }

  async update(scope: TenantScope, thing_id: string, patch: ThingPatch): Promise<ThingOut> {
    return this.db.run(scope, async (tx) => {
      const before = await found(tx, thing_id, { lock: true });
      const name = patch.name === undefined ? before.name : oneLine(patch.name);
      if (name === before.name) return thingOut(before);
      await thingRows.update(tx, thing_id, name);
      const after = await found(tx, thing_id);
      await this.audit.record(tx, 'thing.updated', { targets: [{ type: 'thing', id: thing_id }], changes: [{ field: 'name', from: before.name, to: name }] });
      await this.outbox.emit(tx, { type: 'thing.updated', subject_id: thing_id, sequence: Number(after.row_version), data: { thing_id, name } });
      return thingOut(after);
    });
  }
}

async function found(tx: Tx, thing_id: string, options?: { lock: boolean }): Promise<ThingRow> {
  const row = await thingRows.find(tx, thing_id, options);
  if (!row) throw fail('not_found');
  return row;
}

function thingOut({ row_version, created_at, updated_at, ...row }: ThingRow): ThingOut {
  return { ...row, row_version: Number(row_version), created_at: created_at.toISOString(), updated_at: updated_at.toISOString() };
}`,
  'apps/api/src/modules/things/things.repository.ts': `
import { sql, type Tx } from '#platform/db/index.js';

export interface ThingRow {
  readonly thing_id: string;
  readonly name: string;
  readonly row_version: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const LIST = sql\`
  select thing_id, name, row_version, created_at, updated_at
    from things
   where tenant_id = $1 and ($2::uuid is null or thing_id > $2)
   order by thing_id
   limit $3\`;
const FIND = sql\`select thing_id, name, row_version, created_at, updated_at from things where tenant_id = $1 and thing_id = $2\`;
const LOCK = sql\`select thing_id, name, row_version, created_at, updated_at from things where tenant_id = $1 and thing_id = $2 for update\`;
const INSERT = sql\`insert into things (tenant_id, thing_id, name) values ($1, $2, $3)\`;
const UPDATE = sql\`update things set name = $3 where tenant_id = $1 and thing_id = $2\`;

/** The only SQL of things. */
export const thingRows = {
  list: (tx: Tx, after: string | null, take: number): Promise<ThingRow[]> => tx.query<ThingRow>(LIST, [tx.tenant_id, after, take]),
  async find(tx: Tx, thing_id: string, { lock } = { lock: false }): Promise<ThingRow | null> {
    return (await tx.query<ThingRow>(lock ? LOCK : FIND, [tx.tenant_id, thing_id]))[0] ?? null;
  },
  async insert(tx: Tx, thing_id: string, name: string): Promise<void> {
    await tx.query(INSERT, [tx.tenant_id, thing_id, name]);
  },
  async update(tx: Tx, thing_id: string, name: string): Promise<void> {
    await tx.query(UPDATE, [tx.tenant_id, thing_id, name]);
  },
};`,
  'apps/api/src/modules/things/one-line.ts': `
/** A name as it is stored: one line, no space around it, none doubled. */
export const oneLine = (text: string): string => text.trim().replace(/\\s+/g, ' ');`,
  'apps/api/src/modules/things/one-line.spec.ts': `
import { oneLine } from './one-line.js';

it.each([['Anna', 'Anna'], ['  Anna\\t B. ', 'Anna B.'], ['a\\nb', 'a b']])('stores %j as %j', (text, stored) => expect(oneLine(text)).toBe(stored));`,
  'test/api/things.spec.ts': `
import { newId } from '../../libs/platform/crypto/index.js';
import { auditsOf, eventsOf } from '../support/records.js';
import { world, type World } from '../support/world.js';

describe('things', () => {
  let w: World;
  beforeAll(async () => {
    w = await world();
  }, 60_000);

  it('creates, reads and changes one; the world has its row, audit row and event', async () => {
    const acme = await w.tenant();
    const owner = await acme.user();
    const { body: thing } = await owner.post('/things', { name: ' First  one ' }).expect(201);
    expect(thing).toMatchObject({ name: 'First one', row_version: 1 });
    expect((await owner.get(\`/things/\${thing.thing_id}\`).expect(200)).body).toEqual(thing);
    expect((await owner.patch(\`/things/\${thing.thing_id}\`, { name: 'Second' }).expect(200)).body).toMatchObject({ name: 'Second', row_version: 2 });
    expect((await owner.get('/things').expect(200)).body.data).toHaveLength(1);
    expect(await auditsOf(w, acme.tenant_id, 'thing.updated')).toMatchObject([{ changes: { name: ['First one', 'Second'] } }]);
    expect(await eventsOf(w, acme.tenant_id, 'thing.created')).toMatchObject([{ subject_id: thing.thing_id, data: { name: 'First one' } }]);
  });

  it('is not there for another tenant, nor without a credential', async () => {
    const [acme, other] = [await w.tenant(), await w.tenant()];
    const { body: thing } = await (await acme.user()).post('/things', { name: 'Ours' }).expect(201);
    const stranger = await other.user();
    const foreign = await stranger.get(\`/things/\${thing.thing_id}\`).expect(404);
    const absent = await stranger.get(\`/things/\${newId()}\`).expect(404);
    expect(foreign.body.code).toBe(absent.body.code);
    await w.request().get('/api/v1/things').expect(401);
  });
});`,
};

/** Lines that go into files which exist: file, the text before which they stand, the lines. */
const ENTRIES = [
  [
    'libs/contracts/modules.ts',
    '} as const satisfies Record<string, { name: string; depends_on',
    `  things: { name: 'Things', depends_on: [], built: true },\n`,
  ],
  [
    'libs/contracts/permissions.ts',
    '};\n\nexport type Permission',
    `  ...entries('things', false, { 'things:read': 'See things', 'things:write': 'Create and change things' }),\n`,
  ],
  [
    'libs/contracts/audit-actions.ts',
    '} as const satisfies Record<string, AuditActionEntry>',
    `  'thing.created': entry('info', 'thing', ['name']),\n  'thing.updated': entry('info', 'thing', ['name']),\n`,
  ],
  [
    'libs/contracts/events.ts',
    '}\nexport type EventType',
    `  'thing.created': { thing_id: string; name: string };\n  'thing.updated': { thing_id: string; name: string };\n`,
  ],
  [
    'libs/contracts/events.ts',
    '} as const satisfies Record<EventType, EventEntry>',
    // Not public: what a webhook may ask for has a schema and an example as well.
    `  'thing.created': { public: false, requires: 'things:read', summary: 'A thing was created' },\n  'thing.updated': { public: false, requires: 'things:read', summary: 'A thing was changed' },\n`,
  ],
  [
    'apps/api/src/app.module.ts',
    '\n/** The one list of modules',
    `import { ThingsModule, thingsManifest } from './modules/things/index.js';\n`,
  ],
  ['apps/api/src/app.module.ts', '] as const;', `  { module: ThingsModule, manifest: thingsManifest },\n`],
];

/** Writes the module. @returns the paths it wrote @throws when the name is no plural noun, or a file to be changed has another shape */
export async function generateModule(root, things) {
  if (!/^[a-z]{3,}s$/.test(things)) throw new Error(`"${things}": the name of a module is a plural noun in small letters, as in suppliers`);
  const thing = things.replace(/ies$/, 'y').replace(/s$/, '');
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const fill = (text) =>
    text
      .replace(/THING_LIST/g, `${thing.toUpperCase()}_LIST`)
      .replace(/Things/g, capital(things))
      .replace(/things/g, things)
      .replace(/Thing/g, capital(thing))
      .replace(/thing/g, thing);
  const options = { ...(await prettier.resolveConfig(join(ROOT, 'package.json'))), parser: 'typescript' };
  const format = (text) => prettier.format(text, options);
  const changed = new Map();
  for (const [path, before, lines, which] of ENTRIES) {
    const text = changed.get(path) ?? readFileSync(join(root, path), 'utf8');
    const at = which === 'last' ? text.lastIndexOf(before) : text.indexOf(before);
    if (at < 0) throw new Error(`${path} has another shape than this generator knows: add by hand\n${fill(lines)}`);
    changed.set(path, text.slice(0, at) + fill(lines) + text.slice(at));
  }
  const made = [];
  for (const [template, text] of Object.entries(FILES)) {
    const path = fill(template);
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), await format(fill(text)), { flag: 'wx' });
    made.push(path);
  }
  for (const [path, text] of changed) writeFileSync(join(root, path), await format(text));
  return [...made, addMigration(root, `create-${things}`, things), ...changed.keys()];
}

const [kind, name, flag, folder] = process.argv.slice(2);
if (kind !== 'module' || !name) {
  process.stderr.write('npm run gen module <plural noun>\n');
  process.exitCode = 2;
} else {
  const paths = await generateModule(flag === '--root' ? folder : ROOT, name);
  process.stdout.write(
    `${paths.join('\n')}\nNext: columns in the migration, roles that get ${name}:read and ${name}:write, texts in the SPA; then npm run openapi, npm run graph, npm run check.\n`,
  );
}
