import { hash } from '@node-rs/argon2';
import { PasswordHasher } from './password.js';

describe('PasswordHasher', () => {
  const hasher = new PasswordHasher({ concurrency: 1 });

  it('verifies its own hashes, with the parameters of the design', async () => {
    const stored = await hasher.hash('Kt7#vbQz');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hasher.verify(stored, 'Kt7#vbQz')).toBe(true);
    expect(await hasher.verify(stored, 'Kt7#vbQy')).toBe(false);
    expect(hasher.needsRehash(stored)).toBe(false);
  });

  it('verifies a hash with weaker parameters and asks for a new one', async () => {
    const weak = await hash('Kt7#vbQz', { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    expect(await hasher.verify(weak, 'Kt7#vbQz')).toBe(true);
    expect(hasher.needsRehash(weak)).toBe(true);
  });

  it('verifies a bcrypt hash of ten rounds and more, and asks for a new one; weaker and dearer ones open nothing', async () => {
    const imported = '$2b$10$abcdefghijklmnopqrstuuTymf/lQJSnQFBIupeBt1k8s9Nzzy/li';
    expect(await hasher.verify(imported, 'Harbour-crane-42!')).toBe(true);
    expect(await hasher.verify(imported, 'Harbour-crane-42?')).toBe(false);
    expect(hasher.needsRehash(imported)).toBe(true);
    // Made by libxcrypt: UTF-8, and only 72 bytes count.
    expect(await hasher.verify('$2y$10$abcdefghijklmnopqrstuukX5WSplDKZcU.fHYvU7TYBNCkzwEWb6', 'p\u00e4sswort-\u20ac-17')).toBe(true);
    expect(await hasher.verify('$2a$10$abcdefghijklmnopqrstuuiYfj.JCH/8Hff5KmeyaPABzfEqwvS.a', 'a'.repeat(80))).toBe(true);
    for (const text of [imported.slice(0, -1), `${imported}x`, imported.replace('$2b$', '$2x$'), imported.replace('$10$', '$1x$')])
      expect(await hasher.verify(text, 'Harbour-crane-42!')).toBe(false);
    expect(await hasher.verify('$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe', 'a'.repeat(72))).toBe(false);
    expect(await hasher.verify(imported.replace('$10$', '$31$'), 'Harbour-crane-42!')).toBe(false);
  });

  it('says no to an unknown kind of hash, to nobody, and to more than 1,024 bytes', async () => {
    expect(await hasher.verify('plain', 'plain')).toBe(false);
    expect(await hasher.verifyNobody('anything')).toBe(false);
    expect(await hasher.verify(await hasher.hash('x'.repeat(1_024)), 'x'.repeat(1_025))).toBe(false);
    expect(() => hasher.hash('é'.repeat(513))).toThrow(RangeError);
  });

  it('says busy when no core becomes free in time', async () => {
    const tight = new PasswordHasher({ concurrency: 1, wait_ms: 1 });
    const answers = await Promise.allSettled(Array.from({ length: 4 }, () => tight.hash('Kt7#vbQz')));
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    const refused = answers.filter((answer) => answer.status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(1);
    expect(refused.map((answer) => (answer.reason as { code: string }).code)).toEqual(refused.map(() => 'busy'));
    expect(await tight.hash('Kt7#vbQz')).toMatch(/^\$argon2id/);
  });
});
