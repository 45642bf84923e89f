import { maskText } from './masks';

it.each([
  ['store_scope', 'needs_all_stores', 'Counts only from a role over all stores.'],
  ['membership', 'suspended', 'The membership is suspended.'],
  ['module', 'catalog', 'A module is off (Catalogue)'],
  ['unheard_of', null, 'unheard_of'],
])('%s %j', (mask, detail, words) => expect(maskText(mask, detail)).toBe(words));
