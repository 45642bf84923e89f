import { moduleFacts } from './module-facts';

const row = (module_code: string, over = {}) => ({
  module_code, name: module_code, is_core: false, active: true, entitled: true, enabled: true, reason: null, depends_on: [] as string[], ...over,
}); // prettier-ignore

describe('moduleFacts', () => {
  const facts = moduleFacts([
    row('tenants', { is_core: true }),
    row('catalog'),
    row('stock', { depends_on: ['catalog'] }),
    row('pos', { enabled: false, depends_on: ['sales'] }),
    row('sales', { enabled: false, entitled: false }),
    row('files', { active: false, enabled: false }),
  ]);
  const of = (code: string) => facts.find((one) => one.module_code === code);
  it('says who needs it, of those that are on', () => {
    expect(of('catalog')?.needed_by).toEqual(['stock']);
    expect(of('sales')?.needed_by).toEqual([]);
  });
  it('takes everything with it that needs it, however far', () => {
    const chain = moduleFacts([
      row('catalog'),
      row('sales', { depends_on: ['catalog'] }),
      row('pos', { enabled: false, depends_on: ['sales'] }),
    ]);
    expect(chain.map((one) => one.dependents)).toEqual([['sales', 'pos'], ['pos'], []]);
  });
  it('says what is missing', () => expect(of('pos')?.missing).toEqual(['sales']));
  it('locks what cannot be moved, with its reason', () =>
    expect(facts.map((one) => one.locked)).toEqual(['core', null, null, null, 'not_in_plan', 'off_by_platform']));
});
