import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** What DNS says when a name has no such record: an answer, not a fault. */
const ABSENT: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/** TXT records of a name. Asked before a transaction, never inside one. */
export abstract class DnsTxt {
  /** Each record as one text; none when the name has none or cannot be looked up. */
  abstract lookup(name: string): Promise<readonly string[]>;
}

/** The resolvers of this machine. Whoever asks learns "not there" from a server that fails, too: both mean "not proved, try again". */
export class SystemDnsTxt extends DnsTxt {
  private readonly resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  constructor(private readonly failed: (code: string) => void = () => undefined) {
    super();
  }

  override async lookup(name: string): Promise<readonly string[]> {
    try {
      // A long record comes in pieces of 255 bytes that belong together (RFC 7208 §3.3).
      return (await this.resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      if (!ABSENT.has(code)) this.failed(code);
      return [];
    }
  }
}
