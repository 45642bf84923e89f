import { button, defineTemplate, small, text } from '#platform/mail/index.js';

export const EMAIL_CHANGE = defineTemplate<{ display_name: string; token: string; hours: number }>({
  name: 'identity.email_change',
  subject: (_, { product_name }) => `Confirm your new address for ${product_name}`,
  lines: ({ display_name, token, hours }, { public_url }) => [
    text(`Hello ${display_name},`),
    text('this address is to become the one of your account. Until you confirm it, the old one stays.'),
    // In the fragment: neither a server's log nor a referrer gets to see it.
    button('Confirm this address', `${public_url}/verify#${token}`),
    small(`The link works once, for ${hours} hours. If you did not ask for it, leave it.`),
  ],
  example: { display_name: 'Ana', token: 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB', hours: 24 },
});

export const EMAIL_CHANGE_NOTICE = defineTemplate<{ display_name: string; email: string }>({
  name: 'identity.email_change_notice',
  subject: (_, { product_name }) => `Somebody wants to change the address of your ${product_name} account`,
  lines: ({ display_name, email }, { public_url }) => [
    text(`Hello ${display_name},`),
    text(`with your password somebody asked to move your account to ${email}. It happens when that mailbox confirms it.`),
    button('It was not me', `${public_url}/forgot`),
    small('If it was you, there is nothing to do here.'),
  ],
  example: { display_name: 'Ana', email: 'ana@new.example' },
});

export const EMAIL_CHANGED = defineTemplate<{ display_name: string; email: string }>({
  name: 'identity.email_changed',
  subject: (_, { product_name }) => `The address of your ${product_name} account was changed`,
  lines: ({ display_name, email }) => [
    text(`Hello ${display_name},`),
    text(`you sign in with ${email} from now on. This address opens your account no more.`),
    small('If it was not you, tell your administrator at once.'),
  ],
  example: { display_name: 'Ana', email: 'ana@new.example' },
});

export const EMAIL_VERIFY = defineTemplate<{ display_name: string; token: string; hours: number }>({
  name: 'identity.email_verify',
  subject: (_, { product_name }) => `Confirm your address for ${product_name}`,
  lines: ({ display_name, token, hours }, { product_name, public_url }) => [
    text(`Hello ${display_name},`),
    text(`an account of ${product_name} was made with this address. Confirm that it is yours.`),
    button('Confirm this address', `${public_url}/verify#${token}`),
    small(
      `The link works once, for ${hours} hours. If you did not sign up, leave it and set a password of your own: that closes the account to everybody else.`,
    ),
  ],
  example: { display_name: 'Ana', token: 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB', hours: 24 },
});
