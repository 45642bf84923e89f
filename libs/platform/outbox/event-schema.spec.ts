import type { DataSchema } from '#contracts/event-catalogue.js';
import { schemaFaults } from './event-schema.js';

const ID = '0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e10';
const SCHEMA: DataSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['thing_id', 'name', 'count', 'changed'],
  properties: {
    thing_id: { type: 'string', format: 'uuid', description: 'The thing' },
    name: { type: 'string', description: 'Its name' },
    count: { type: 'integer', description: 'How many' },
    changed: { type: 'array', items: { type: 'string' }, description: 'What changed' },
    since: { type: 'string', format: 'date-time', description: 'Since when' },
  },
};
const DATA = { thing_id: ID, name: 'Tea', count: 3, changed: ['name'] };

describe('schemaFaults', () => {
  it('finds nothing in what the schema says, as it will be sent', () => {
    expect(schemaFaults(SCHEMA, DATA)).toEqual([]);
    expect(schemaFaults(SCHEMA, { ...DATA, since: new Date(0), left_out: undefined })).toEqual([]);
  });

  it.each([
    [{ ...DATA, name: undefined }, ['/name is missing']],
    [{ ...DATA, thing_id: 'secret-value' }, ['/thing_id is not a uuid']],
    [{ ...DATA, thing_id: ID.toUpperCase() }, ['/thing_id is not a uuid']],
    [{ ...DATA, name: null }, ['/name is not a string']],
    [{ ...DATA, count: 1.5 }, ['/count is not an integer']],
    [{ ...DATA, count: Number.NaN }, ['/count is not an integer']],
    [{ ...DATA, changed: 'name' }, ['/changed is not an array']],
    [{ ...DATA, changed: ['name', 7] }, ['/changed/1 is not a string']],
    [{ ...DATA, since: '2026-01-05' }, ['/since is not a date-time']],
    [{ ...DATA, more: 1, constructor: 2 }, ['/more is not in the schema', '/constructor is not in the schema']],
    [[DATA], ['/ is not an object']],
    [null, ['/ is not an object']],
    [undefined, ['/ is not an object']],
  ])('says of %j what is wrong and where, without the value', (data, faults) => {
    expect(schemaFaults(SCHEMA, data)).toEqual(faults);
  });
});
