import { constraintName, identifier } from './names.js';
import { losesData } from './recorder.js';
import { grant } from './rights.js';

describe('grant', () => {
  it('reads rights with and without columns', () => {
    expect(grant('stores', 'tenantry_app', 'select, insert, update(name,  status), delete')).toEqual([
      'grant select, insert, update (name, status), delete on table stores to tenantry_app',
    ]);
  });

  it('adds the columns that move with every update, and only there', () => {
    expect(grant('stores', 'tenantry_app', 'select(name), update(name, updated_at)', ['updated_at', 'row_version'])).toEqual([
      'grant select (name), update (name, updated_at, row_version) on table stores to tenantry_app',
    ]);
    expect(grant('stores', 'tenantry_app', 'update', ['updated_at'])).toEqual(['grant update on table stores to tenantry_app']);
  });

  it('gives nothing for "none"', () => {
    expect(grant('stores', 'tenantry_app', 'none')).toEqual([]);
  });

  it.each(['truncate', 'all', 'select(name', 'select(name; drop table x)', ''])('refuses "%s"', (rights) => {
    expect(() => grant('stores', 'tenantry_app', rights)).toThrow();
  });
});

describe('names', () => {
  it('are made of table, columns and kind; directions and operator classes do not count', () => {
    expect(constraintName('stores', ['tenant_id', 'code'], 'key')).toBe('stores_tenant_id_code_key');
    expect(constraintName('rbac_audit_log', ['tenant_id', 'created_at desc'], 'idx')).toBe('rbac_audit_log_tenant_id_created_at_idx');
  });

  it('are refused when PostgreSQL would cut them or want quotes', () => {
    expect(() => constraintName('assignment_stores', ['tenant_id', 'role_assignment_id', 'user_id', 'store_id', 'x'], 'key')).toThrow(
      'longer than 63',
    );
    for (const odd of ['Stores', 'a b', 'a;b', '1a', '']) expect(() => identifier(odd)).toThrow('not a plain identifier');
  });
});

describe('losesData', () => {
  it.each([
    ['drop table stores', true],
    ['alter table stores drop column phone', true],
    ['truncate stores', true],
    ['delete from stores', true],
    [`delete from partition_plans where table_name = 'events'`, false],
    ['drop function touch()', false],
    ['alter table stores add column phone text', false],
    ['drop trigger a on stores', false],
  ])('%s: %s', (statement, expected) => {
    expect(losesData(statement)).toBe(expected);
  });
});
