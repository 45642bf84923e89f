import { button, defineTemplate, facts, small, text } from '#platform/mail/index.js';

export interface InvitationMail {
  readonly tenant_name: string;
  /** null: the platform invites the first administrator. */
  readonly inviter: string | null;
  readonly role: string;
  readonly message: string | null;
  readonly token: string;
  readonly hours: number;
}

export const INVITATION = defineTemplate<InvitationMail>({
  name: 'invitations.invitation',
  subject: ({ tenant_name }) => `You are invited to ${tenant_name}`,
  lines: ({ tenant_name, inviter, role, message, token, hours }, { public_url, product_name }) => [
    text(
      inviter === null
        ? `${tenant_name} is ready in ${product_name}.`
        : `${inviter} invites you to work with ${tenant_name} in ${product_name}.`,
    ),
    ...(message === null ? [] : [text(message)]),
    facts(['Role', role]),
    // In the fragment: neither a server's log nor a referrer gets to see it.
    button('Accept the invitation', `${public_url}/invite#${token}`),
    small(`The link works once, for ${hours} hours. If you do not know what this is about, leave it.`),
  ],
  example: {
    tenant_name: 'Harbour Retail',
    inviter: 'Ana Silva',
    role: 'Manager',
    message: 'Welcome aboard!',
    token: `tninv_${'a'.repeat(43)}`,
    hours: 48,
  },
});
