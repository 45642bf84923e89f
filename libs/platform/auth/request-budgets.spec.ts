import { RequestBudgets } from './request-budgets.js';

const ANY = { rate_limit: null };
const said = (budgets: ReturnType<RequestBudgets['staff']>): string[] =>
  budgets.map(({ scope, who, limit, exact }) => `${scope} ${who} ${limit.count}/${limit.period_ms / 60_000}m${exact ? ' exact' : ''}`);

describe.each([
  ['defaults', null, '100/15m', '1000/15m', '600/1m'],
  ['RATE_LIMIT_API', { count: 7, period_ms: 60_000 }, '7/1m', '7/1m', '7/1m'],
] as const)('%s', (_, all, anonymous, session, staff) => {
  const budgets = new RequestBudgets(all);

  it('of an address, and of routes that have one of their own', () => {
    expect(said(budgets.anonymous(ANY, '::ffff:203.0.113.7'))).toEqual([`anonymous 203.0.113.7 ${anonymous}`]);
    expect(said(budgets.anonymous(ANY, '2001:db8:1:2:3::4'))).toEqual([`anonymous 2001:db8:1:2::/64 ${anonymous}`]);
    expect(said(budgets.anonymous({ rate_limit: 'session' }, '203.0.113.7'))).toEqual([`session 203.0.113.7 ${session}`]);
    expect(said(budgets.anonymous({ rate_limit: 'csp_report' }, '203.0.113.7'))).toEqual(['csp_report 203.0.113.7 20/1m']);
  });

  it('of staff and machines', () => {
    expect(said(budgets.staff('s'))).toEqual([`staff s ${staff}`]);
    expect(said(budgets.machine('ops_key'))).toEqual([`machine ops_key ${staff}`]);
    expect(said(budgets.withRoute(budgets.staff('s'), { rate_limit: 'ops_mutation' }, 's'))).toEqual([`staff s ${staff}`, 'ops_mutation s 60/1m exact']); // prettier-ignore
    expect(said(budgets.withRoute(budgets.staff('s'), ANY, 's'))).toEqual([`staff s ${staff}`]);
  });

  it.each([null, 0])('of somebody whose plan names no number (%s)', (none) =>
    expect(said(budgets.tenant('t', 'p', { per_minute: none, per_day: none }))).toEqual([`principal t p ${session}`]),
  );
});

it('of a plan are those of the tenant, beside the number for all', () => {
  const plan = { per_minute: 300, per_day: 50_000 };
  const ofTenant = ['tenant t 300/1m', 'tenant_day t 50000/1440m'];
  expect(said(new RequestBudgets(null).tenant('t', 'p', plan))).toEqual(ofTenant);
  expect(said(new RequestBudgets({ count: 7, period_ms: 60_000 }).tenant('t', 'p', plan))).toEqual(['principal t p 7/1m', ...ofTenant]);
  expect(said(new RequestBudgets(null).tenant('t', 'p', { per_minute: null, per_day: 5 }))).toEqual(['principal t p 1000/15m', 'tenant_day t 5/1440m']); // prettier-ignore
});
