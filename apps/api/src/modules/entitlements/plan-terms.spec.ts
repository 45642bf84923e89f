import type { Problem } from '#contracts/errors.js';
import { checkedTerms, type GivenTerms } from './plan-terms.js';

const terms = (more: Partial<GivenTerms> = {}): GivenTerms => ({
  is_addon: false, modules: ['catalog'], limits: { max_users: 5, max_items: null }, trial_days: 0, trial_limits: {}, prices: [], ...more,
}); // prettier-ignore
const price = (currency: string, amount = 1) => ({ currency, interval: 'month' as const, amount });
const refusal = (more: Partial<GivenTerms>): string[] => {
  try {
    checkedTerms(terms(more));
    return [];
  } catch (error) {
    return (error as Problem).errors.map(({ field, code }) => `${field} ${code}`);
  }
};

it('takes modules by alias, once, in order', () => {
  expect(checkedTerms(terms({ modules: ['PRODUCTS', 'sales', 'catalog'] }))).toEqual({ ...terms(), modules: ['catalog', 'sales'] });
});

it.each<[string, Partial<GivenTerms>, string[]]>([
  ['a limit that does not exist', { limits: { max_pens: 1 } }, ['/limits/max_pens unknown_limit']],
  ['a name with a slash', { limits: { 'a/b': 1 } }, ['/limits/a~1b unknown_limit']],
  ['a limit below nothing', { limits: { max_users: -1 } }, ['/limits/max_users not_a_limit']],
  ['a limit in words', { limits: { max_users: '5' } }, ['/limits/max_users not_a_limit']],
  ['half a seat', { trial_limits: { max_users: 1.5 } }, ['/trial_limits/max_users not_a_limit']],
  ['a module that does not exist', { modules: ['catalog', 'crm'] }, ['/modules/1 unknown_module']],
  ['a core module', { modules: ['users'] }, ['/modules/0 unknown_module']],
  ['an add-on without a number', { is_addon: true, limits: { max_users: null } }, ['/limits/max_users not_a_limit']],
  ['an add-on with a trial', { is_addon: true, limits: {}, trial_days: 3 }, ['/trial_days no_trial']],
  ['two prices of one kind', { prices: [price('EUR'), price('USD'), price('EUR', 2)] }, ['/prices/2 repeated']],
])('refuses %s', (_, more, fields) => expect(refusal(more)).toEqual(fields));
