/** The command line cannot be understood: exit code 2 and the list of commands. */
export class UsageError extends Error {}
