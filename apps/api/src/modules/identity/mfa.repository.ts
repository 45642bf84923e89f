import { sql, type Tx } from '#platform/db/index.js';

/** A person of a tenant, or a member of the platform's staff. */
export interface Principal {
  readonly realm: 'tenant' | 'platform';
  readonly id: string;
}
export interface FactorRow {
  readonly secret_enc: string;
  readonly last_step: string;
  readonly confirmed_at: Date | null;
}
export interface ChallengeRow {
  readonly principal_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly tries: number;
}

const find = sql.named('identity.mfa_factor')`
  select secret_enc, last_step, confirmed_at from mfa_factors where realm = $1 and principal_id = $2`;
/** One that is not confirmed gives way to the next; a confirmed one does not. */
const propose = sql`
  insert into mfa_factors as f (realm, principal_id, secret_enc) values ($1, $2, $3)
  on conflict (realm, principal_id) do update set secret_enc = excluded.secret_enc, last_step = 0 where f.confirmed_at is null
  returning principal_id`;
const confirm = sql`
  update mfa_factors set confirmed_at = $4, last_step = $3
   where realm = $1 and principal_id = $2 and confirmed_at is null and last_step < $3 returning principal_id`;
/** A code counts once: of two parallel uses one finds a smaller step. */
const useStep = sql`
  update mfa_factors set last_step = $3
   where realm = $1 and principal_id = $2 and confirmed_at is not null and last_step < $3 returning principal_id`;
const removeFactor = sql`delete from mfa_factors where realm = $1 and principal_id = $2 returning confirmed_at`;
const removeCodes = sql`delete from mfa_recovery_codes where realm = $1 and principal_id = $2`;
const removeChallenges = sql`delete from mfa_challenges where realm = $1 and principal_id = $2`;
const insertCodes = sql`
  insert into mfa_recovery_codes (realm, principal_id, code_hash) select $1, $2, code_hash from unnest($3::bytea[]) as code_hash`;
const unusedCodes = sql`select code_hash from mfa_recovery_codes where realm = $1 and principal_id = $2 and used_at is null`;
const useCode = sql`
  update mfa_recovery_codes set used_at = $4
   where realm = $1 and principal_id = $2 and code_hash = $3 and used_at is null returning code_hash`;
const insertChallenge = sql`
  insert into mfa_challenges (challenge_hash, realm, principal_id, payload, expires_at) values ($1, $2, $3, $4, $5)`;
const tryChallenge = sql`
  update mfa_challenges set tries = tries + 1
   where challenge_hash = $1 and realm = $2 and used_at is null and tries < $3 and expires_at > $4
  returning principal_id, payload, tries`;
const spendChallenge = sql`
  update mfa_challenges set used_at = $2 where challenge_hash = $1 and used_at is null returning challenge_hash`;
const dropChallenges = sql`delete from mfa_challenges where expires_at < $1`;

type Queries = Pick<Tx, 'query'>;

/** The only SQL of second factors, of both realms, on the platform pool. */
export const mfaRows = {
  async find(tx: Queries, { realm, id }: Principal): Promise<FactorRow | null> {
    return (await tx.query<FactorRow>(find, [realm, id]))[0] ?? null;
  },
  /** False when a confirmed one is there. */
  async propose(tx: Queries, { realm, id }: Principal, secret_enc: string): Promise<boolean> {
    return (await tx.query(propose, [realm, id, secret_enc])).length > 0;
  },
  async confirm(tx: Queries, { realm, id }: Principal, step: number, at: Date): Promise<boolean> {
    return (await tx.query(confirm, [realm, id, step, at])).length > 0;
  },
  async useStep(tx: Queries, { realm, id }: Principal, step: number): Promise<boolean> {
    return (await tx.query(useStep, [realm, id, step])).length > 0;
  },
  /** With its codes and whatever waits for it. True when it was confirmed. */
  async remove(tx: Queries, { realm, id }: Principal): Promise<boolean> {
    await tx.query(removeCodes, [realm, id]);
    await tx.query(removeChallenges, [realm, id]);
    const [gone] = await tx.query<{ confirmed_at: Date | null }>(removeFactor, [realm, id]);
    return gone !== undefined && gone.confirmed_at !== null;
  },
  async replaceCodes(tx: Queries, { realm, id }: Principal, hashes: readonly Buffer[]): Promise<void> {
    await tx.query(removeCodes, [realm, id]);
    await tx.query(insertCodes, [realm, id, hashes]);
  },
  async unusedCodes(tx: Queries, { realm, id }: Principal): Promise<Buffer[]> {
    return (await tx.query<{ code_hash: Buffer }>(unusedCodes, [realm, id])).map(({ code_hash }) => code_hash);
  },
  /** True for exactly one of several callers. */
  async useCode(tx: Queries, { realm, id }: Principal, code_hash: Buffer, at: Date): Promise<boolean> {
    return (await tx.query(useCode, [realm, id, code_hash, at])).length > 0;
  },

  async insertChallenge(
    tx: Queries,
    challenge_hash: Buffer,
    { realm, id }: Principal,
    about: { readonly payload: Readonly<Record<string, unknown>>; readonly expires_at: Date },
  ): Promise<void> {
    await tx.query(insertChallenge, [challenge_hash, realm, id, about.payload, about.expires_at]);
  },
  /** Counts a try. null: unknown, over, used, or all tries are spent. */
  async tryChallenge(
    tx: Queries,
    challenge_hash: Buffer,
    about: { readonly realm: Principal['realm']; readonly max_tries: number; readonly now: Date },
  ): Promise<ChallengeRow | null> {
    return (await tx.query<ChallengeRow>(tryChallenge, [challenge_hash, about.realm, about.max_tries, about.now]))[0] ?? null;
  },
  async spendChallenge(tx: Queries, challenge_hash: Buffer, at: Date): Promise<boolean> {
    return (await tx.query(spendChallenge, [challenge_hash, at])).length > 0;
  },
  async dropChallenges(tx: Queries, before: Date): Promise<void> {
    await tx.query(dropChallenges, [before]);
  },
};
