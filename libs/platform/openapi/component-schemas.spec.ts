import { ComponentSchemas } from './component-schemas.js';

const classCalled = (name: string) => ({ [name]: class {} })[name] as unknown as new () => object;

describe('schemas of a document', () => {
  it('describes a class once, and lets it refer to itself', () => {
    const schemas = new ComponentSchemas({ Problem: { type: 'object' } });
    const Tree = classCalled('Tree');
    let described = 0;
    const describeTree = () => (described++, { properties: { child: schemas.reference(Tree, describeTree) } });
    expect(schemas.reference(Tree, describeTree)).toEqual({ $ref: '#/components/schemas/Tree' });
    schemas.reference(Tree, describeTree);
    expect(described).toBe(1);
    expect(schemas.all()).toEqual({
      Problem: { type: 'object' },
      Tree: { properties: { child: { $ref: '#/components/schemas/Tree' } } },
    });
  });

  it('refuses a second class of the same name, and a class that takes the name of a fixed schema', () => {
    const schemas = new ComponentSchemas({ Problem: {} });
    schemas.reference(classCalled('StoreOut'), () => ({}));
    expect(() => schemas.reference(classCalled('StoreOut'), () => ({}))).toThrow('Two classes are called StoreOut');
    expect(() => schemas.reference(classCalled('Problem'), () => ({}))).toThrow('Two classes are called Problem');
  });
});
