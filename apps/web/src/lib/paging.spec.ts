import { newer, older, refilter, type Place } from './paging';

const first: Place = { cursor: undefined, trail: [] };

describe('paging', () => {
  it('goes back the way it came', () => {
    const third = older(older(first, 'b'), 'c');
    expect(third).toEqual({ cursor: 'c', trail: ['', 'b'] });
    expect(newer(third)).toEqual({ cursor: 'b', trail: [''] });
    expect(newer(newer(third))).toEqual(first);
  });
  it('goes to the first page when the way is not known', () => expect(newer({ cursor: 'x', trail: [] })).toEqual(first));
});

describe('refilter', () => {
  it('drops the cursor, removes what is empty and keeps the rest', () => {
    expect(refilter({ q: 'rope', status: 'active', cursor: 'x' }, { status: undefined })).toEqual({ q: 'rope' });
    expect(refilter({ q: 'rope' }, { q: '', status: 'hidden' })).toEqual({ status: 'hidden' });
  });
});
