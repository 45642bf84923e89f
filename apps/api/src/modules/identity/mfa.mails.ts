import { button, defineTemplate, small, text } from '#platform/mail/index.js';

interface Named {
  readonly display_name: string;
}

export const MFA_ENABLED = defineTemplate<Named>({
  name: 'identity.mfa_enabled',
  subject: (_, { product_name }) => `The second factor of your ${product_name} account is on`,
  lines: ({ display_name }, { public_url }) => [
    text(`Hello ${display_name},`),
    text(
      'from now on a code of your authenticator app is asked for when you sign in. Keep the recovery codes where you find them without your phone.',
    ),
    button('It was not me', `${public_url}/forgot`),
    small('If it was you, there is nothing to do.'),
  ],
  example: { display_name: 'Ana' },
});

export const MFA_DISABLED = defineTemplate<Named>({
  name: 'identity.mfa_disabled',
  subject: (_, { product_name }) => `The second factor of your ${product_name} account is off`,
  lines: ({ display_name }, { public_url }) => [
    text(`Hello ${display_name},`),
    text('your account is protected by its password alone now.'),
    button('It was not me', `${public_url}/forgot`),
    small('If it was you, there is nothing to do.'),
  ],
  example: { display_name: 'Ana' },
});

export const MFA_RESET = defineTemplate<Named>({
  name: 'identity.mfa_reset',
  subject: (_, { product_name }) => `The second factor of your ${product_name} account was removed`,
  lines: ({ display_name }, { public_url }) => [
    text(`Hello ${display_name},`),
    text(
      'platform staff removed the second factor of your account, because somebody told them that it is lost. You were signed out everywhere.',
    ),
    button('Sign in', `${public_url}/login`),
    small('If you did not ask for it, set a new password at once and tell your administrator.'),
  ],
  example: { display_name: 'Ana' },
});

export const RECOVERY_CODE_USED = defineTemplate<Named>({
  name: 'identity.recovery_code_used',
  subject: (_, { product_name }) => `A recovery code of your ${product_name} account was used`,
  lines: ({ display_name }, { public_url }) => [
    text(`Hello ${display_name},`),
    text('somebody signed in to your account with one of your recovery codes. That code is used up.'),
    button('It was not me', `${public_url}/forgot`),
    small('If it was you: make new codes when only a few are left.'),
  ],
  example: { display_name: 'Ana' },
});
