import { Email, ListOf, OneOf, Text } from '#platform/http/index.js';

export class SignupIn {
  @Text({ max: 120, pattern: /\S/, description: 'name of the tenant' }) company: string;
  @Text({ min: 1, max: 63, description: 'slug of the tenant: its subdomain and its place in paths' }) subdomain: string;
  @Email() email: string;
  @Text({ max: 120, pattern: /\S/ }) display_name: string;
  @Text({ max: 1_024 }) password: string;
}
export class SignupOut {
  @Text({ max: 43, description: 'for GET /signup/status/{token}' }) status_token: string;
}
export class SignupStepOut {
  @Text() step_key: string;
  @OneOf(['pending', 'running', 'done', 'skipped', 'failed', 'compensated']) state: string;
}
export class SignupStatusOut {
  @OneOf(['working', 'ready', 'failed']) state: string;
  @Text({ nullable: true }) slug: string | null;
  @ListOf({ dto: () => SignupStepOut }) steps: SignupStepOut[];
  @Text({ max: 2_000, nullable: true, description: 'where to sign in, as soon as it is ready' }) link: string | null;
}
