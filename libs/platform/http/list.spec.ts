import { randomBytes } from 'node:crypto';
import { CursorCodec } from './cursor.js';
import { listQuery, readListQuery } from './list.js';

const cursors = new CursorCodec(randomBytes(32));
const spec = listQuery({
  q: { kind: 'text', max: 10 },
  status: { kind: 'one_of', values: ['queued', 'running'], fold: true, aliases: { pending: 'queued' } },
  from: { kind: 'instant' },
  on: { kind: 'flag' },
  id: { kind: 'uuid' },
});
const read = (query: Record<string, unknown>, where = 'GET /x tenant') => readListQuery(spec, query, where, cursors);
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('list query', () => {
  it('reads 25 rows by default and at most 100', () => {
    expect(read({})).toMatchObject({ limit: 25, take: 26, after: null, filters: {} });
    expect(read({ limit: '100' }).limit).toBe(100);
    for (const limit of ['0', '101', '-1', '1.5', 'x', '']) expect(codeOf(() => read({ limit }))).toBe('validation_failed');
  });
  it('takes declared filters only', () => {
    expect(read({ status: 'PENDING', on: 'true', from: '2026-01-01' }).filters).toEqual({
      status: 'queued',
      on: true,
      from: new Date('2026-01-01'),
    });
    for (const query of [
      { nope: '1' },
      { status: 'x' },
      { q: 'longer than ten' },
      { q: ['a', 'b'] },
      { id: '1' },
      { from: 'soon' },
      { on: 'yes' },
    ])
      expect(codeOf(() => read(query))).toBe('validation_failed');
  });
  it('pages by a cursor that belongs to one list, tenant and filter', () => {
    const first = read({ limit: '2', q: 'a' });
    const page = first.page([{ id: 1 }, { id: 2 }, { id: 3 }], (row) => [row.id]);
    expect(page.data).toHaveLength(2);
    const cursor = page.next_cursor ?? '';
    expect(read({ limit: '5', q: 'a', cursor }).after).toEqual([2]);
    expect(codeOf(() => read({ q: 'b', cursor }))).toBe('cursor_invalid');
    expect(codeOf(() => read({ q: 'a', cursor }, 'GET /x other'))).toBe('cursor_invalid');
    expect(codeOf(() => read({ q: 'a', cursor: `${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}` }))).toBe('cursor_invalid');
    expect(codeOf(() => read({ q: 'a', cursor: 'c1.x' }))).toBe('cursor_invalid');
    expect(first.page([{ id: 1 }], (row) => [row.id]).next_cursor).toBeNull();
  });
});
