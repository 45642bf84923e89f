import { can, canEverywhere } from './abilities';

const mine = { 'users:read': 'all', 'inventory:write': ['pier'], 'orders:read': [] } as const;

describe('can', () => {
  it('allows what is held over all stores, in any store', () => {
    expect(can(mine, 'users:read')).toBe(true);
    expect(can(mine, 'users:read', 'pier')).toBe(true);
  });
  it('keeps a store-scoped right in its stores', () => {
    expect(can(mine, 'inventory:write')).toBe(true);
    expect(can(mine, 'inventory:write', 'pier')).toBe(true);
    expect(can(mine, 'inventory:write', 'main')).toBe(false);
  });
  it('reads an empty list of stores as none', () => {
    expect(can(mine, 'orders:read')).toBe(false);
    expect(can(mine, 'orders:read', 'pier')).toBe(false);
  });
  it('refuses what the server left out: a module that is off, a mask', () => expect(can(mine, 'webhooks:read')).toBe(false));
  it('does not fall for inherited names', () => expect(can(mine, 'toString' as never)).toBe(false));
  it('tells the whole tenant from a part', () => {
    expect(canEverywhere(mine, 'users:read')).toBe(true);
    expect(canEverywhere(mine, 'inventory:write')).toBe(false);
  });
});
