import { RULES } from './rules.js';
import { typescriptFiles } from './tree.js';

describe.each(RULES)('$that', ({ where, find, planted, allowed }) => {
  it('holds in the whole tree', () => {
    const itself = 'test/architecture/source/rules.ts'; // its planted breaches are texts, its words are not
    const found = typescriptFiles()
      .filter(({ path }) => path !== itself && where(path))
      .flatMap(find);
    expect(found).toEqual([]);
  });

  it('sees a breach', () => {
    expect(where(planted.path)).toBe(true);
    expect(find(planted)).not.toEqual([]);
  });

  if (allowed !== undefined)
    it('leaves alone what only looks like one', () => {
      expect(find({ ...planted, text: allowed })).toEqual([]);
    });
});
