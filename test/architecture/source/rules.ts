import ts from 'typescript';
import { findings, importsOf, lines, type Source } from './tree.js';

/** A wall: where it stands, how a breach is seen, and one breach that the detector must see. */
export interface Rule {
  readonly that: string;
  readonly where: (path: string) => boolean;
  readonly find: (source: Source) => string[];
  readonly planted: Source;
  /** Looks alike and is allowed. */
  readonly allowed?: string;
}

const isSpec = (path: string): boolean => path.endsWith('.spec.ts');
const isServer = (path: string): boolean => /^(apps\/api\/src|libs)\//.test(path) && !isSpec(path);
const isEntry = (path: string): boolean => /^apps\/api\/src\/(main|worker|cli)\.ts$/.test(path);
const isWeb = (path: string): boolean => path.startsWith('apps/web/src/') && !isSpec(path);
const everywhere = (): boolean => true;

const isNamed = (node: ts.Node | undefined, ...names: readonly string[]): boolean =>
  node !== undefined && ts.isIdentifier(node) && names.includes(node.text);

/** `sql` and `sql.named('…')`. */
function isSqlTag(tag: ts.Expression): boolean {
  const inner = ts.isCallExpression(tag) ? tag.expression : tag;
  return isNamed(ts.isPropertyAccessExpression(inner) ? inner.expression : inner, 'sql');
}

/** The statements that a file defines, comments and quoted texts taken out: what is quoted is a value, not SQL. */
function statements(source: Source, judge: (text: string) => string | false): string[] {
  return findings(source, (node) => {
    if (!ts.isTaggedTemplateExpression(node) || !isSqlTag(node.tag)) return null;
    const text = ts.isNoSubstitutionTemplateLiteral(node.template) ? node.template.text : node.template.getText();
    return judge(text.replace(/--[^\n]*|\/\*[^]*?\*\//g, ' ').replace(/'(?:[^']|'')*'/g, "''"));
  });
}

const STATEMENT =
  /^\s*(?:select\b[^]*\bfrom\b|insert\s+into\b|update\b[^]*\bset\b|delete\s+from\b|with\b[^]*\bas\s*\(|(?:create|alter|drop|truncate|grant|revoke)\s+\w|set\s+(?:session\s|local\s|role\s|[\w.]+\s*(?:=|\bto\b))|notify\s+\w|listen\s+\w)/i;

/** The text of a built string with its holes as `$`; null for anything else. */
function builtText(node: ts.Node): string | null {
  if (ts.isTemplateExpression(node) && !(ts.isTaggedTemplateExpression(node.parent) && isSqlTag(node.parent.tag)))
    return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('$');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken && ts.isStringLiteralLike(node.left))
    return `${node.left.text}$`;
  return null;
}

const RELATIONS = [
  'OneToMany',
  'ManyToOne',
  'OneToOne',
  'ManyToMany',
  'JoinColumn',
  'JoinTable',
  'VersionColumn',
  'EventSubscriber',
  'Tree',
];
const LISTENERS = ['BeforeInsert', 'AfterInsert', 'BeforeUpdate', 'AfterUpdate', 'BeforeRemove', 'AfterRemove', 'AfterLoad'];
const SAVING = ['save', 'remove', 'softRemove', 'recover', 'upsert', 'preload'];
const ROUTES = ['Get', 'Head', 'Options', 'Post', 'Put', 'Patch', 'Delete', 'All'];
const MUTATING = ['Post', 'Put', 'Patch', 'Delete', 'All'];
const ACCESS = ['Requires', 'SignedIn', 'Public', 'Platform', 'Ops', 'Machine'];
const NAMELESS = /^(?:.*-)?(?:utils?|helpers?|common|shared|misc|base|manager)$/;

const decoratorNames = (node: ts.MethodDeclaration | ts.ClassDeclaration): string[] =>
  (ts.getDecorators(node) ?? []).map(({ expression }) => (ts.isCallExpression(expression) ? expression.expression : expression).getText());

export const RULES: readonly Rule[] = [
  {
    that: 'only libs/platform/config, the entries and boot read the environment',
    where: (path) => isServer(path) && !isEntry(path) && !/^(libs\/platform\/config|apps\/api\/src\/boot)\//.test(path),
    find: (source) => [
      ...findings(
        source,
        (node) => ts.isPropertyAccessExpression(node) && isNamed(node.expression, 'process') && node.name.text === 'env' && 'process.env',
      ),
      ...importsOf(source).flatMap(({ from, names }) =>
        /^(node:)?process$/.test(from) && names.includes('env') ? [`${source.path} env`] : [],
      ),
    ],
    planted: { path: 'apps/api/src/modules/x/x.service.ts', text: `const region = process.env['AWS_REGION'];` },
    allowed: `process.exitCode = 1;`,
  },
  {
    that: 'import.meta stands only in the entries',
    where: (path) => isServer(path) && !isEntry(path),
    find: (source) =>
      findings(source, (node) => ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword && 'import.meta'),
    planted: { path: 'libs/platform/x/x.ts', text: `const here = import.meta.url;` },
  },
  {
    that: 'a statement has no ${}',
    where: (path) => !isSpec(path),
    find: (source) =>
      findings(
        source,
        (node) =>
          ts.isTaggedTemplateExpression(node) && isSqlTag(node.tag) && ts.isTemplateExpression(node.template) && node.template.getText(),
      ),
    planted: { path: 'apps/api/src/modules/x/x.repository.ts', text: "const q = sql.named('x')`select a from ${table}`;" },
  },
  {
    // These write DDL and NOTIFY from names that they check themselves, for a server and not for a tenant.
    that: 'no SQL text is built from parts',
    where: (path) => isServer(path) && !/^libs\/platform\/(db\/|queue\/queue-schema|embedded\/orphan|stream\/notifications)/.test(path),
    find: (source) =>
      findings(source, (node) => {
        const text = builtText(node);
        return text !== null && STATEMENT.test(text) && text.trim().slice(0, 60);
      }),
    planted: { path: 'apps/api/src/modules/x/x.repository.ts', text: "await db.query(scope, `select a from t where b = '${value}'`);" },
    allowed: 'log(`select a tenant, ${name}`); const q = sql`select a from t where b = $1`;',
  },
  {
    that: 'a statement names its columns: no select *, no returning *',
    where: isServer,
    find: (source) =>
      statements(
        source,
        (text) => /\b(?:select|returning)\s+(?:distinct\s+)?(?:\w+\.)?\*/i.exec(text)?.[0] ?? /,\s*\w+\.\*/.exec(text)?.[0] ?? false,
      ),
    planted: { path: 'apps/api/src/modules/x/x.repository.ts', text: 'const q = sql`insert into t (a) values ($1) returning *`;' },
    allowed: 'const q = sql`select count(*)::int as n from t`;',
  },
  {
    that: 'a statement is one statement, and no transaction word, SET, LISTEN, NOTIFY, COPY or WITH HOLD',
    where: isServer,
    find: (source) =>
      statements(
        source,
        (text) =>
          /^\s*(?:begin|start\s+transaction|commit|rollback|savepoint|release|abort|set|reset|discard|listen|unlisten|notify|copy|lock|declare|prepare|execute|deallocate)\b/i.exec(
            text,
          )?.[0] ??
          /\bwith\s+hold\b|;\s*\S/i.exec(text)?.[0] ??
          false,
      ),
    planted: { path: 'libs/platform/outbox/x.repository.ts', text: "const q = sql`set app.tenant_id = 'a'`;" },
    allowed: "const q = sql`update t set a = $1 where b = 'x; set y'`;",
  },
  {
    that: 'the scope is not set inside a WITH (whether it runs first depends on the plan)',
    where: everywhere,
    find: (source) => statements(source, (text) => /\bwith\b[^]*\(\s*select\s+set_config\b/i.exec(text)?.[0].slice(0, 60) ?? false),
    planted: {
      path: 'libs/platform/auth/x.ts',
      text: "const q = sql`with s as (select set_config('app.tenant_id', $1, true)) select a from t, s`;",
    },
    allowed: "const q = sql`select set_config('app.tenant_id', $1, true)`;",
  },
  {
    that: 'a list of values is one array parameter: = any($1), not in ($1, $2)',
    where: isServer,
    find: (source) => statements(source, (text) => /\bin\s*\(\s*\$\d+/i.exec(text)?.[0] ?? false),
    planted: { path: 'apps/api/src/modules/x/x.repository.ts', text: 'const q = sql`select a from t where b in ($1, $2)`;' },
    allowed: "const q = sql`select a from t where b in ('x', 'y') and c = any($1)`;",
  },
  {
    that: 'no query_timeout: the server would go on working, and the next query of that connection would wait',
    where: everywhere,
    find: (source) => findings(source, (node) => ts.isPropertyAssignment(node) && isNamed(node.name, 'query_timeout') && 'query_timeout'),
    planted: { path: 'libs/platform/db/x.ts', text: 'const pool = { max: 2, query_timeout: 1_000 };' },
  },
  {
    that: 'entities have columns only: no relation, cascade, listener or subscriber',
    where: everywhere,
    find: (source) => [
      ...findings(
        source,
        (node) =>
          ts.isDecorator(node) &&
          ts.isCallExpression(node.expression) &&
          isNamed(node.expression.expression, ...RELATIONS, ...LISTENERS) &&
          node.getText(),
      ),
      ...importsOf(source).flatMap(({ from, names }) =>
        from === 'typeorm'
          ? names.filter((name) => [...RELATIONS, ...LISTENERS].includes(name)).map((name) => `${source.path} ${name}`)
          : [],
      ),
    ],
    planted: { path: 'apps/api/src/modules/x/x.entities.ts', text: `class X { @ManyToOne(() => Y) y: Y; }` },
  },
  {
    that: 'TypeORM inserts, updates and deletes by key: no save, remove, upsert, preload, no relations',
    where: (path) => isServer(path) || path.startsWith('migrations/'),
    find: (source) =>
      findings(source, (node) => {
        if (ts.isPropertyAssignment(node) && isNamed(node.name, 'relations')) return 'relations';
        if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !SAVING.includes(node.expression.name.text))
          return null;
        return /\bmanager\b|[rR]epository\(|EntityManager/.test(node.expression.expression.getText()) && node.expression.getText();
      }),
    planted: { path: 'apps/api/src/modules/x/x.repository.ts', text: `await tx.manager.save(line);` },
    allowed: `await tx.manager.insert(Line, line); this.listeners.remove(one);`,
  },
  {
    that: 'nothing is any',
    where: everywhere,
    find: (source) => findings(source, (node) => node.kind === ts.SyntaxKind.AnyKeyword && node.parent.getText().slice(0, 80)),
    planted: { path: 'test/support/x.ts', text: `const body = response.body as any;` },
    allowed: `const any = 'any';`,
  },
  {
    that: 'no ! outside entities and DTOs',
    where: (path) => !/\.(entities|dto)\.ts$/.test(path),
    find: (source) =>
      findings(
        source,
        (node) =>
          (ts.isNonNullExpression(node) ||
            ((ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) && node.exclamationToken !== undefined)) &&
          node.getText().slice(0, 80),
      ),
    planted: { path: 'libs/platform/x/x.ts', text: `const first = rows[0]!.name;` },
    allowed: `if (!rows.length || a !== b) throw new Error('none');`,
  },
  {
    that: 'no enum: a union of texts',
    where: everywhere,
    find: (source) => findings(source, (node) => ts.isEnumDeclaration(node) && node.name.text),
    planted: { path: 'libs/contracts/x.ts', text: `export enum State { Open }` },
  },
  {
    that: 'no test runs alone or is crossed out',
    where: isSpec,
    find: (source) =>
      findings(source, (node) => {
        if (!ts.isCallExpression(node)) return null;
        const callee = node.expression.getText();
        return /^(?:(?:it|test|describe)\.(?:\w+\.)*(?:only|todo)|fit|fdescribe|xit|xtest|xdescribe)\b/.test(callee) && callee;
      }),
    planted: { path: 'test/api/x.spec.ts', text: `it.only('creates', () => {});` },
    allowed: `(missing ? it.skip : it)('creates', () => {});`,
  },
  {
    that: 'nothing is mocked by path: fakes come through providers',
    where: everywhere,
    find: (source) =>
      findings(
        source,
        (node) =>
          ts.isCallExpression(node) &&
          /^jest\.(mock|doMock|unmock|setMock|unstable_mockModule|requireActual|requireMock)$/.test(node.expression.getText()) &&
          node.expression.getText(),
      ),
    planted: { path: 'test/api/x.spec.ts', text: `jest.mock('../../libs/platform/db/index.js');` },
    allowed: `const listener = jest.fn();`,
  },
  {
    that: 'a TODO names an issue or a decision',
    where: everywhere,
    find: (source) =>
      lines(
        source,
        new RegExp(`(?://|\\*).*\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'].join('|')})\\b(?!.*(?:#\\d|docs/decisions/))`),
      ),
    planted: { path: 'libs/platform/x/x.ts', text: `// ${'TO' + 'DO'}: later` },
    allowed: `// ${'TO' + 'DO'} #12: later`,
  },
  {
    that: 'a file or folder has a name that says something',
    where: everywhere,
    find: ({ path }) => path.split('/').flatMap((part) => (NAMELESS.test(part.split('.')[0] ?? '') ? [path] : [])),
    planted: { path: 'libs/platform/http/string-utils.ts', text: '' },
  },
  {
    that: 'no interceptor or pipe for everything: each costs every request',
    where: isServer,
    find: (source) =>
      findings(source, (node) => isNamed(node, 'APP_INTERCEPTOR', 'APP_PIPE', 'useGlobalInterceptors', 'useGlobalPipes') && node.getText()),
    planted: { path: 'apps/api/src/app.module.ts', text: `const provider = { provide: APP_PIPE, useClass: ValidationPipe };` },
  },
  {
    that: 'no QueueEvents: results are rows',
    where: everywhere,
    find: (source) => findings(source, (node) => isNamed(node, 'QueueEvents', 'QueueEventsListener', 'OnQueueEvent') && node.getText()),
    planted: { path: 'libs/platform/queue/x.ts', text: `import { QueueEvents } from 'bullmq';` },
  },
  {
    that: 'whoever opens a Queue or a Worker listens to its errors, or a restart of the server ends Node',
    where: isServer,
    find: (source) =>
      findings(
        source,
        (node) =>
          ts.isNewExpression(node) &&
          isNamed(node.expression, 'Queue', 'Worker') &&
          !/\.on\(\s*'error'/.test(source.text) &&
          node.getText().slice(0, 60),
      ),
    planted: { path: 'libs/platform/queue/x.ts', text: `const queue = new Queue('fast', options);` },
    allowed: `const queue = new Queue('fast', options); queue.on('error', report);`,
  },
  {
    that: 'every route says who may call it, once, and what it records if it changes something',
    where: (path) => isServer(path),
    find: (source) =>
      findings(source, (node) => {
        if (!ts.isMethodDeclaration(node)) return null;
        const names = decoratorNames(node);
        if (!names.some((name) => ROUTES.includes(name))) return null;
        const ofClass = ts.isClassDeclaration(node.parent) ? decoratorNames(node.parent) : [];
        const access = names.filter((name) => ACCESS.includes(name));
        if (access.length > 1 || (access.length === 0 && !ofClass.some((name) => ACCESS.includes(name))))
          return `${node.name.getText()}: ${access.length} access decorators`;
        return names.some((name) => MUTATING.includes(name)) && !names.includes('Audited') && `${node.name.getText()}: no @Audited`;
      }),
    planted: { path: 'apps/api/src/modules/x/x.controller.ts', text: `class X { @Post() @Requires('stores:write') create() {} }` },
    allowed: `class X { @Get() @SignedIn() list() {} @Post() @Requires('stores:write') @Audited('store.created') create() {} }`,
  },
  {
    that: 'in the SPA only lib/api.ts and lib/stream.ts speak to the server',
    where: (path) => isWeb(path) && !/^apps\/web\/src\/lib\/(api|stream)\.ts$/.test(path),
    find: (source) =>
      findings(
        source,
        (node) =>
          (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
          /^(window\.|globalThis\.)?(fetch|XMLHttpRequest|EventSource|WebSocket)$/.test(node.expression.getText()) &&
          node.getText().slice(0, 60),
      ),
    planted: { path: 'apps/web/src/features/x/queries.ts', text: `const answer = await fetch('/api/v1/me');` },
  },
];
