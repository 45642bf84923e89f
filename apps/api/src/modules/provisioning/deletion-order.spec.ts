import { deletionOrder } from './deletion-order.js';

const table = (table_name: string, ...refers_to: string[]) => ({ table_name, refers_to });

it('empties what refers before what is referred to, whatever the order it is told in', () => {
  const tables = [
    table('stores'),
    table('roles'),
    table('memberships'),
    table('role_assignments', 'roles', 'memberships'),
    table('assignment_stores', 'stores', 'role_assignments'),
  ];
  const order = deletionOrder(tables);
  expect(deletionOrder([...tables].reverse())).toEqual(order);
  for (const { table_name, refers_to } of tables)
    for (const other of refers_to) expect(order.indexOf(table_name)).toBeLessThan(order.indexOf(other));
  expect(order).toHaveLength(tables.length);
});

it('leaves aside references to tables that stay', () => expect(deletionOrder([table('stores', 'tenants')])).toEqual(['stores']));

it('says where a circle is', () => expect(() => deletionOrder([table('a', 'b'), table('b', 'a'), table('c')])).toThrow('circle: a, b'));
