import { hkdfSync } from 'node:crypto';
import { LOGIN_ROLES, type LoginRole } from './role-names.js';

export interface RoleUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly platformUrl: string;
  readonly backupUrl: string;
}

/**
 * The password of a role, from the one secret the operator gave: base64url(HKDF-SHA256(password, salt = database, info = role)), 32 bytes.
 * So bootstrap, start and tests agree without a file, and whoever learns one role's password learns no other.
 */
export function derivedPassword(password: string, database: string, role: string): string {
  if (password === '') throw new Error('a password cannot be derived from an empty one: DATABASE_URL needs a password');
  return Buffer.from(hkdfSync('sha256', password, database, role, 32)).toString('base64url');
}

/** The four URLs that `DATABASE_URL` stands for: same place and parameters, each role with its derived password. */
export function deriveUrls(databaseUrl: string): RoleUrls {
  const database = databaseOf(databaseUrl);
  const password = decodeURIComponent(new URL(databaseUrl).password);
  const url = (role: LoginRole): string => {
    const name = LOGIN_ROLES[role];
    return withLogin(databaseUrl, name, derivedPassword(password, database, name));
  };
  return { ownerUrl: url('owner'), appUrl: url('app'), platformUrl: url('platform'), backupUrl: url('backup') };
}

/** The database a URL names; without one PostgreSQL takes the user's name, and so do we. */
export function databaseOf(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username);
}

function withLogin(databaseUrl: string, user: string, password: string): string {
  const url = new URL(databaseUrl);
  url.username = user;
  url.password = password;
  url.pathname = `/${encodeURIComponent(databaseOf(databaseUrl))}`;
  return url.toString();
}

/** The same place under another database name: how bootstrap gets from the server's URL to the database it makes. */
export function withDatabase(url: string, database: string): string {
  const there = new URL(url);
  there.pathname = `/${encodeURIComponent(database)}`;
  return there.toString();
}
