import pg from 'pg';

/** The ways in which a secret could lie somewhere: as it is, and as usual encodings of it write it. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const decoded = Buffer.from(secret, 'base64');
  const forms = [secret, secret.toUpperCase(), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex'), decoded.toString('hex')]; // prettier-ignore
  return [...new Set(forms)];
}

/** Which of these texts stand in `text`. */
export const hitsIn = (text: string, needles: readonly string[]): string[] => needles.filter((needle) => text.includes(needle));

/** Tables of a database, of every schema but the server's own, in whose rows one of the texts stands; the queue's tables too. */
export async function tablesWith(superUrl: string, needles: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: superUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(TABLES);
    const found: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await client.query(`select from ${name} t where exists (select from unnest($1::text[]) n where strpos(t::text, n) > 0) limit 1`, [needles]); // prettier-ignore
      if (rowCount) found.push(name);
    }
    return found;
  } finally {
    await client.end();
  }
}

const TABLES = `
  select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1`;
