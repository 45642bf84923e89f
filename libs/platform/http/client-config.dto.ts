import { Flag, Int, JsonObject, ListOf, Nested, OneOf, Text } from './fields.js';

export class SignInOut {
  @Flag() password: boolean;
  @Flag() google: boolean;
  @Flag() signup: boolean;
  @Flag() mfa: boolean;
}
export class DemoAccountOut {
  @Text() label: string;
  @Text() email: string;
  @Text() password: string;
  @OneOf(['tenant', 'platform']) realm: string;
  @Text({ nullable: true }) tenant_slug: string | null;
}
export class DemoOut {
  @ListOf({ dto: () => DemoAccountOut }) accounts: DemoAccountOut[];
}
export class ClientConfigOut {
  @Text() product_name: string;
  @Text() build: string;
  @OneOf(['platform', 'tenant', 'app', 'any']) host_kind: string;
  @Text({ nullable: true }) root_domain: string | null;
  @JsonObject({ nullable: true }) tenant: Record<string, unknown> | null;
  @Nested(() => SignInOut) sign_in: SignInOut;
  @JsonObject() password_policy: Record<string, unknown>;
  @ListOf({ text: { max: 10 } }) languages: string[];
  @Nested(() => DemoOut, { nullable: true }) demo: DemoOut | null;
  @JsonObject({ nullable: true }) maintenance: Record<string, unknown> | null;
  @OneOf(['web', 'native']) client: string;
  @Text({ nullable: true }) storage_origin: string | null;
  @ListOf({ text: { max: 40 } }) features: string[];
  @Int() invitation_ttl_hours: number;
  @Int() upload_max_bytes: number;
}
