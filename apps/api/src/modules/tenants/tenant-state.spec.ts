import { mayMove, TENANT_STATUSES } from './tenant-state.js';

describe('tenant lifecycle', () => {
  it('allows the moves of the table and no other', () => {
    const allowed = TENANT_STATUSES.flatMap((from) => TENANT_STATUSES.filter((to) => mayMove(from, to)).map((to) => `${from} → ${to}`));
    expect(allowed).toEqual(
      [
        'provisioning → failed',
        'provisioning → active',
        'failed → provisioning',
        'active → suspended',
        'active → archived',
        'suspended → active',
        'suspended → archived',
        'archived → active',
        'archived → purging',
        'purging → deleted',
      ].sort((a, b) => order(a) - order(b)),
    );
  });
});
const order = (move: string): number => {
  const [from, to] = move.split(' → ') as [(typeof TENANT_STATUSES)[number], (typeof TENANT_STATUSES)[number]];
  return TENANT_STATUSES.indexOf(from) * 10 + TENANT_STATUSES.indexOf(to);
};
