/**
 * The database cannot be started, said in a sentence for the person at the console (print `message`, nothing else).
 * `exitCode` is what the process should end with: 3 = Tenantry already runs in this directory, 4 = the database cannot run here.
 */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';

  constructor(
    message: string,
    readonly exitCode: 3 | 4 = 4,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`, …), or undefined for anything else that was thrown. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
