import { button, defineTemplate, small, text } from '#platform/mail/index.js';

interface Named {
  readonly display_name: string;
}
const TELL = 'If it was not you, tell another superuser at once: only they can disable the account.';

export const STAFF_PASSWORD_CHANGED = defineTemplate<Named>({
  name: 'ops.password_changed',
  subject: (_, { product_name }) => `Your staff password for ${product_name} was changed`,
  lines: ({ display_name }) => [
    text(`Hello ${display_name},`),
    text('the password of your account for the platform console was changed. Everywhere else you were signed in, you are signed out now.'),
    small(TELL),
  ],
  example: { display_name: 'Ana' },
});

export const STAFF_WELCOME = defineTemplate<Named & { token: string; hours: number }>({
  name: 'ops.welcome',
  subject: (_, { product_name }) => `Your account for the ${product_name} console`,
  lines: ({ display_name, token, hours }, { product_name, public_url }) => [
    text(`Hello ${display_name},`),
    text(`you belong to the staff of ${product_name} now. Choose a password to sign in to the console.`),
    // In the fragment: neither a server's log nor a referrer gets to see it.
    button('Choose a password', `${public_url}/platform/reset#${token}`),
    small(`The link works once, for ${hours} hours. After that, ask for a new one on the sign-in page.`),
  ],
  example: { display_name: 'Ana', token: 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB', hours: 72 },
});

export const STAFF_PASSWORD_LINK = defineTemplate<Named & { token: string; minutes: number }>({
  name: 'ops.password_reset',
  subject: (_, { product_name }) => `Set a new staff password for ${product_name}`,
  lines: ({ display_name, token, minutes }, { public_url }) => [
    text(`Hello ${display_name},`),
    text('somebody asked for a link to set a new password for your account of the platform console.'),
    button('Set a new password', `${public_url}/platform/reset#${token}`),
    small(`The link works once, for ${minutes} minutes. If it was not you, leave it: your password stays as it is.`),
  ],
  example: { display_name: 'Ana', token: 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB', minutes: 60 },
});

/** What happened to a second factor, each in a sentence. */
const WHAT = {
  enabled:
    'is on: a code of your authenticator app is asked for when you sign in. Keep the recovery codes where you find them without your phone.',
  disabled: 'is off: the account is protected by its password alone.',
  reset: 'was removed by another superuser, and you were signed out everywhere. Set a new one up at your next sign-in.',
  recovery_code_used: 'was replaced once by a recovery code, which is used up now.',
} as const;

export const STAFF_MFA = defineTemplate<Named & { what: keyof typeof WHAT }>({
  name: 'ops.mfa',
  subject: (_, { product_name }) => `The second factor of your ${product_name} staff account`,
  lines: ({ display_name, what }) => [
    text(`Hello ${display_name},`),
    text(`the second factor of your account for the platform console ${WHAT[what]}`),
    small(TELL),
  ],
  example: { display_name: 'Ana', what: 'enabled' },
});
