import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileDestination, StreamDestination } from './destination.js';
import { createLogger } from './logger.js';

/** A reader that reads nothing, goes away or throws, as told. */
class FakeStream extends EventEmitter {
  writableLength = 0;
  written = 0;
  constructor(private readonly reads: 'nothing' | 'all' | 'gone' | 'throws') {
    super();
  }
  write(line: string): boolean {
    this.written += 1;
    if (this.reads === 'nothing') this.writableLength += line.length;
    if (this.reads === 'gone') this.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }));
    if (this.reads === 'throws') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    return true;
  }
}

describe('stdout as destination', () => {
  it('drops and counts what a reader that does not read leaves behind, and goes on when it reads again', () => {
    const stream = new FakeStream('nothing');
    const destination = new StreamDestination(stream, 10_000);
    const log = createLogger({ level: 'info', format: 'json', destination });
    for (let i = 0; i < 1_000; i += 1) log.info({ i }, 'x'.repeat(100));
    expect(stream.writableLength).toBeLessThan(11_000);
    expect(log.dropped + stream.written).toBe(1_000);
    stream.writableLength = 0;
    const before = stream.written;
    log.info('again');
    expect(stream.written).toBe(before + 1);
  });

  it('survives a reader that has gone and a disk that is full', () => {
    for (const reads of ['gone', 'throws'] as const) {
      const log = createLogger({ level: 'info', format: 'json', destination: new StreamDestination(new FakeStream(reads)) });
      for (let i = 0; i < 10; i += 1) log.info('x');
      expect(log.dropped).toBe(10);
    }
  });
});

describe('a file as destination', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tenantry-log-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is made with its folder, private, and holds the lines after close', async () => {
    const path = join(dir, 'log', 'tenantry.log');
    for (const text of ['first', 'second']) {
      const log = createLogger({ level: 'info', format: 'pretty', destination: new FileDestination(path) });
      log.info({ n: 1 }, text);
      await log.close();
    }
    expect(readFileSync(path, 'utf8')).toMatch(/INFO {2}first {2}n=1\n.*second/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('costs lines when the file cannot be written', async () => {
    const log = createLogger({ level: 'info', format: 'json', destination: new FileDestination('/dev/full') });
    log.info('x');
    await log.flush();
    log.info('y');
    await log.flush();
    expect(log.dropped).toBeGreaterThanOrEqual(1);
  });
});
