import { defineTemplate, small, text } from '#platform/mail/index.js';

export const STAFF_PASSWORD_CHANGED = defineTemplate<{ display_name: string }>({
  name: 'ops.password_changed',
  subject: (_, { product_name }) => `Your staff password for ${product_name} was changed`,
  lines: ({ display_name }) => [
    text(`Hello ${display_name},`),
    text('the password of your account for the platform console was changed. Everywhere else you were signed in, you are signed out now.'),
    small('If it was not you, tell another superuser at once: only they can disable the account.'),
  ],
  example: { display_name: 'Ana' },
});
