export { Clock, SystemClock } from './clock.js';
export { equal, sha256 } from './digest.js';
export { isUuid, newId, uuidTime } from './ids.js';
export { KeyRing, KeyRings, type RingName } from './key-ring.js';
export { PasswordHasher } from './password.js';
export {
  PASSWORD_MAX_BYTES,
  PASSWORD_MAX_LENGTH,
  PASSWORD_MIN_LENGTH,
  passwordProblems,
  PLATFORM_PASSWORD_POLICY,
  strictestPolicy,
  type PasswordClasses,
  type PasswordContext,
  type PasswordPolicy,
  type PasswordProblem,
  type PasswordRule,
} from './password-policy.js';
export { crcBase62, hasValidCrc, randomBase62, randomToken } from './random.js';
export { open, openWith, seal, sealWith } from './seal.js';
export { Semaphore, SemaphoreTimeout } from './semaphore.js';
