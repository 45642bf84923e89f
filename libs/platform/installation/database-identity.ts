/** What tells a database from a copy of it. */
export interface DatabaseIdentity {
  /** Of the cluster: another one after a dump was restored into another server. */
  readonly system_identifier: string;
  /** Another one after a restore to a point in time, and on a promoted standby. */
  readonly timeline: number;
  /** Another one after a dump was restored beside the original. */
  readonly database_oid: string;
}

export const isSameDatabase = (a: DatabaseIdentity, b: DatabaseIdentity): boolean =>
  a.system_identifier === b.system_identifier && a.timeline === b.timeline && a.database_oid === b.database_oid;
