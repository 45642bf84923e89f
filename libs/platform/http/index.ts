export {
  AllowWhen,
  Audited,
  LimitedTokens,
  Machine,
  OnBehalf,
  OneRun,
  OneTimeSecret,
  Ops,
  Platform,
  Public,
  RateLimit,
  Requires,
  SignedIn,
  type BudgetName,
  type LimitedStep,
  type RouteAccess,
} from './access.js';
export { Answers, OrAnswers, Status, type RouteAnswer, type SetStatus } from './answers.js';
export { In } from './body.js';
export { databaseProblem, mapConstraints } from './database-problem.js';
export {
  AnyJson,
  AnyObject,
  Email,
  fieldsOf,
  Flag,
  Instant,
  Int,
  JsonObject,
  ListOf,
  Nested,
  Num,
  OneOf,
  Text,
  Uuid,
  type DtoClass,
  type FieldSchema,
} from './fields.js';
export { listQuery, Search, type Filters, type FilterSpec, type ListOfQuery, type ListRequest, type Page } from './list.js';
export { Authz, Facts, Id, requestFacts, Scope, Staff } from './params.js';
export type { SortKey } from './cursor.js';
