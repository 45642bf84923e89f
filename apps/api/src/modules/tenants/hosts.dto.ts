import { Flag, Instant, listQuery, Nested, OneOf, Text } from '#platform/http/index.js';

export class ChallengeOut {
  @Text() name: string;
  @OneOf(['TXT']) type: 'TXT';
  @Text() value: string;
}
export class HostOut {
  @Text({ max: 253 }) host: string;
  @OneOf(['subdomain', 'custom']) kind: string;
  @OneOf(['pending', 'verified']) status: string;
  @Flag() is_primary: boolean;
  @Instant({ nullable: true }) verified_at: string | null;
  @Nested(() => ChallengeOut, { nullable: true, description: 'the DNS record that proves the host, until it has' })
  challenge: ChallengeOut | null;
  @Instant() created_at: string;
}
export class HostIn {
  @Text({ max: 253, description: 'a host of your own, without scheme and port' }) host: string;
}
export const HOST_LIST = listQuery({});
