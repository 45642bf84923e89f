import { Email, Text, Uuid } from '#platform/http/index.js';

export class PlatformInvitationIn {
  @Email() email: string;
  @Uuid({ optional: true }) role_id?: string;
  @Text({ max: 120, optional: true, description: 'code, name or alias; left out, with role_id: the top role' }) role?: string;
}
