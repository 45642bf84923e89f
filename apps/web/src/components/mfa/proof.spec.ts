import { proofOf } from './proof';

it.each([
  ['123456', { code: '123456' }],
  [' 123 456 ', { code: '123456' }],
  ['abcde-fghij', { recovery_code: 'abcde-fghij' }],
  ['ABCDE FGHIJ', { recovery_code: 'ABCDEFGHIJ' }],
])('%j is %j', (typed, proof) => expect(proofOf(typed)).toEqual(proof));
