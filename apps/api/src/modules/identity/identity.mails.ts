import { button, defineTemplate, small, text } from '#platform/mail/index.js';

export const PASSWORD_RESET = defineTemplate<{ display_name: string; token: string; minutes: number }>({
  name: 'identity.password_reset',
  subject: (_, { product_name }) => `Set a new password for ${product_name}`,
  lines: ({ display_name, token, minutes }, { public_url }) => [
    text(`Hello ${display_name},`),
    text('somebody asked for a link to set a new password for your account.'),
    // In the fragment: neither a server's log nor a referrer gets to see it.
    button('Set a new password', `${public_url}/reset#${token}`),
    small(`The link works once, for ${minutes} minutes. If it was not you, leave it: your password stays as it is.`),
  ],
  example: { display_name: 'Ana', token: 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB', minutes: 60 },
});

export const PASSWORD_CHANGED = defineTemplate<{ display_name: string }>({
  name: 'identity.password_changed',
  subject: (_, { product_name }) => `Your password for ${product_name} was changed`,
  lines: ({ display_name }, { public_url }) => [
    text(`Hello ${display_name},`),
    text('the password of your account was changed. Everywhere else you were signed in, you are signed out now.'),
    button('It was not me', `${public_url}/forgot`),
    small('If it was you, there is nothing to do.'),
  ],
  example: { display_name: 'Ana' },
});

export const SESSION_REUSE = defineTemplate<{ display_name: string }>({
  name: 'identity.session_reuse',
  subject: (_, { product_name }) => `A sign-in to ${product_name} was ended`,
  lines: ({ display_name }, { public_url }) => [
    text(`Hello ${display_name},`),
    text(
      'a sign-in of yours was used from two places with the same secret, which only happens when somebody else has got hold of it. We ended it: sign in again.',
    ),
    button('Set a new password', `${public_url}/forgot`),
    small('Your other sign-ins stay as they are; you see all of them in your account.'),
  ],
  example: { display_name: 'Ana' },
});
