import { countByWebhook, filterOf, groupDeadLetters } from './dead-letter-groups';

const refused = { http_status: 404, error_code: null };
const silent = { http_status: null, error_code: 'timeout' };
const redirected = { http_status: 302, error_code: 'redirect_refused' };

describe('groups of dead letters', () => {
  it('puts together what failed alike, the largest first', () => {
    expect(groupDeadLetters([silent, refused, redirected, refused, silent, refused])).toEqual([
      { ...refused, count: 3 },
      { ...silent, count: 2 },
      { ...redirected, count: 1 },
    ]);
    expect(groupDeadLetters([])).toEqual([]);
  });

  it('filters by answer and error, each where there is one', () => {
    expect(filterOf(refused)).toEqual({ http_status: '404', error_code: undefined });
    expect(filterOf(silent)).toEqual({ http_status: undefined, error_code: 'timeout' });
    expect(filterOf(redirected)).toEqual({ http_status: '302', error_code: 'redirect_refused' });
  });

  it('counts by webhook, most first', () => {
    expect(countByWebhook([{ webhook_id: 'a' }, { webhook_id: 'b' }, { webhook_id: 'b' }])).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
  });
});
