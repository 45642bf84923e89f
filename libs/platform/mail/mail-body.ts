import { open, seal, type KeyRing } from '../crypto/index.js';

/** What is sealed in `mail_messages.body_sealed`. */
export interface MailBody {
  readonly html: string;
  readonly text: string;
  readonly links: readonly string[];
  /** Name of the sender where a tenant has its own; the address is always MAIL_FROM. */
  readonly from_name: string | null;
}

export interface MailPlace {
  readonly mail_message_id: string;
  readonly tenant_id: string | null;
}

const aad = ({ mail_message_id, tenant_id }: MailPlace): string => `mail_messages:body_sealed:${tenant_id ?? '-'}:${mail_message_id}`;

/** A body may hold a token, so the database has it sealed only. */
export const sealBody = (ring: KeyRing, place: MailPlace, body: MailBody): Buffer =>
  Buffer.from(seal(ring, aad(place), JSON.stringify(body)));

/** @throws `decryption_failed` */
export const openBody = (ring: KeyRing, place: MailPlace, sealed: Buffer): MailBody =>
  JSON.parse(open(ring, aad(place), sealed.toString()).toString()) as MailBody;
