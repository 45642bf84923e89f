import { defineTemplate, facts, small, text } from '#platform/mail/index.js';

export const SUPPORT_ACCESS = defineTemplate<{
  display_name: string;
  tenant: string;
  as: string;
  staff: string;
  reason: string;
  read_only: boolean;
  minutes: number;
}>({
  name: 'identity.support_access',
  subject: ({ tenant }) => `Support is looking at ${tenant}`,
  lines: ({ display_name, tenant, as, staff, reason, read_only, minutes }, { product_name }) => [
    text(`Hello ${display_name},`),
    text(`a member of the ${product_name} support staff has entered ${tenant} and sees it as one of you does.`),
    facts(
      ['Who', staff],
      ['As', as],
      ['Why', reason],
      ['May', read_only ? 'look only' : 'look and change'],
      ['At most', `${minutes} minutes`],
    ),
    small(
      'Everything that is done this way stands in your audit log with both names. Members, roles, keys and bills stay closed to support.',
    ),
  ],
  example: {
    display_name: 'Ana', tenant: 'Harbour Retail', as: 'Bo', staff: 'sam@tenantry.example', reason: 'Ticket 4711: stock is not shown', read_only: true, minutes: 30,
  }, // prettier-ignore
});
