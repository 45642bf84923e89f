import { Flag, Instant, Int, ListOf, Nested, Text } from '#platform/http/index.js';

/** As apps show it: six digits, perhaps with a blank between them. */
const CODE = { max: 12 } as const;
const RECOVERY_CODE = { max: 24 } as const;
const PASSWORD = { max: 1_024 } as const;

export class MfaEnrolIn {
  @Text(PASSWORD) password: string;
}
export class MfaConfirmIn {
  @Text(CODE) code: string;
}
/** One of the two. */
export class MfaProofIn {
  @Text({ ...CODE, optional: true }) code?: string;
  @Text({ ...RECOVERY_CODE, optional: true }) recovery_code?: string;
}
export class MfaVerifyIn extends MfaProofIn {
  @Text({ max: 200 }) challenge: string;
}
export class MfaRenewIn {
  @Text(PASSWORD) password: string;
  @Text(CODE) code: string;
}
export class MfaDisableIn extends MfaProofIn {
  @Text(PASSWORD) password: string;
}

export class MfaOut {
  @Flag() enabled: boolean;
  @Instant({ nullable: true }) enabled_at: string | null;
  @Int() recovery_codes_left: number;
  @Flag({ description: 'It cannot be switched off' }) required: boolean;
}
export class MfaSecretOut {
  @Text({ description: 'Base32, for typing in' }) secret: string;
  @Text({ max: 1_000, description: 'What the QR code says' }) otpauth_uri: string;
  @ListOf({ text: { max: 11 } }) recovery_codes: string[];
}
export class MfaEnrolledOut {
  @Flag() success: true;
  @Nested(() => MfaSecretOut) mfa: MfaSecretOut;
}
export class MfaCodesOut {
  @Flag() success: true;
  @ListOf({ text: { max: 11 } }) recovery_codes: string[];
}
