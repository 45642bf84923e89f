import { PassThrough, Readable } from 'node:stream';
import { readBody, responseBody } from './response-body.js';

describe('responseBody', () => {
  it.each([
    ['', false, null],
    ['{"ok":true}', false, { text: '{"ok":true}', encoding: 'utf8', truncated: false }],
    ['Größe ✓', false, { text: 'Größe ✓', encoding: 'utf8', truncated: false }],
    ['\ufeffa', false, { text: '\ufeffa', encoding: 'utf8', truncated: false }],
    ['a\0b', false, { text: 'YQBi', encoding: 'base64', truncated: false }],
    [Buffer.from([0x1f, 0x8b, 8, 0]), false, { text: 'H4sIAA==', encoding: 'base64', truncated: false }],
    // A character cut by the end of what is kept is left out; cut by the sender it is no text.
    [Buffer.from('a✓').subarray(0, 3), true, { text: 'a', encoding: 'utf8', truncated: true }],
    [Buffer.from('a✓').subarray(0, 3), false, { text: 'YeKc', encoding: 'base64', truncated: false }],
  ])('%j, truncated %s', (bytes, truncated, kept) => expect(responseBody(Buffer.from(bytes as Buffer), truncated)).toEqual(kept));
});

describe('readBody', () => {
  it('keeps 4 KiB of a longer body that ends', async () => {
    const { body, broken } = await readBody(Readable.from([Buffer.alloc(3_000, 'a'), Buffer.alloc(3_000, 'b')]), 1_000);
    expect([body?.text.length, body?.truncated, broken]).toEqual([4_096, true, false]);
  });

  it('drops an endless body at 16 KiB', async () => {
    let made = 0;
    const endless = new Readable({ read: function () { made += 1_024; this.push(Buffer.alloc(1_024, 'a')); } }); // prettier-ignore
    const { body, broken } = await readBody(endless, 1_000);
    expect([body?.text.length, body?.truncated, broken, endless.destroyed]).toEqual([4_096, true, false, true]);
    expect(made).toBeLessThan(100_000);
  });

  it('waits no longer than it may', async () => {
    const silent = new PassThrough();
    silent.write('begin');
    expect(await readBody(silent, 20)).toEqual({ body: { text: 'begin', encoding: 'utf8', truncated: true }, broken: false });
    expect(silent.destroyed).toBe(true);
  });

  it('notes a connection that broke', async () => {
    const broken = new PassThrough();
    broken.write('begin');
    setImmediate(() => broken.destroy(new Error('reset')));
    expect(await readBody(broken, 1_000)).toEqual({ body: { text: 'begin', encoding: 'utf8', truncated: true }, broken: true });
  });
});
