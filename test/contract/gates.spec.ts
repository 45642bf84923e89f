import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = resolve(__dirname, '../..');
jest.setTimeout(30_000); // each case starts a few processes
interface Ended {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly output: string;
}

/** `run` of scripts/steps.mjs, in a Node of its own: the module is ESM, and it leads process groups. */
function run(step: object): Ended {
  const code = `import { run } from ${JSON.stringify(pathToFileURL(join(ROOT, 'scripts/steps.mjs')).href)}; console.log(JSON.stringify(await run(${JSON.stringify(step)}, { show: false })));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })) as Ended;
}

describe('a step of the gates', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'tenantry-gates-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const node = (script: string): string[] => ['node', '-e', script];
  /** A run of jest that wrote `report` and ended with `code`. */
  const jest = (report: object, code: number): Ended => {
    const results = join(folder, 'report.json');
    return run({
      name: 'tests',
      command: node(
        `require('fs').writeFileSync(${JSON.stringify(results)}, ${JSON.stringify(JSON.stringify(report))}); process.exit(${code})`,
      ),
      results,
    });
  };

  it('counts as one', () => {
    expect(run({ name: 'a', command: node('console.log("said")') })).toMatchObject({ ok: true, passed: 1, failed: 0, output: 'said\n' });
    expect(run({ name: 'b', command: node('process.exit(3)') })).toMatchObject({ ok: false, passed: 0, failed: 1 });
    expect(run({ name: 'c', command: ['no-such-program'] })).toMatchObject({ ok: false, failed: 1 });
  });

  it('counts the tests of a jest run, and a file that could not run as a failure', () => {
    expect(jest({ numPassedTests: 40, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }, 0)).toMatchObject({
      ok: true,
      passed: 40,
      failed: 0,
    });
    expect(jest({ numPassedTests: 40, numFailedTests: 2, numRuntimeErrorTestSuites: 1 }, 1)).toMatchObject({
      ok: false,
      passed: 40,
      failed: 3,
    });
    expect(jest({ numPassedTests: 40, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }, 1)).toMatchObject({
      ok: false,
      passed: 40,
      failed: 1,
    });
  });

  it('takes no results of an earlier run for its own', () => {
    const results = join(folder, 'old.json');
    writeFileSync(results, JSON.stringify({ numPassedTests: 9, numFailedTests: 0, numRuntimeErrorTestSuites: 0 }));
    expect(run({ name: 'tests', command: node('process.exit(1)'), results })).toMatchObject({ ok: false, passed: 0, failed: 1 });
  });

  it('is stopped when it hangs, with everything it started', () => {
    const mark = join(folder, 'grandchild');
    const grandchild = `setTimeout(() => require('fs').writeFileSync(${JSON.stringify(mark)}, ''), 2500)`;
    const hangs = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}]); setInterval(() => {}, 1000)`;
    const ended = run({ name: 'hangs', command: node(hangs), limit_s: 1 });
    expect(ended).toMatchObject({ ok: false, failed: 1 });
    expect(ended.output).toContain('hangs: stopped after 1 s');
    expect(ended.seconds).toBeLessThan(9);
    execFileSync(process.execPath, ['-e', 'setTimeout(() => {}, 2500)']);
    expect(existsSync(mark)).toBe(false);
  });
});

describe('npm run acceptance', () => {
  it('prints one line a seed, and one row with the files that name it', () => {
    const acceptance = (...args: string[]): string =>
      execFileSync(process.execPath, [join(ROOT, 'scripts/acceptance.mjs'), ...args], { encoding: 'utf8' });
    expect(acceptance('--summary').trim().split('\n')).toEqual(
      ['000', '001', '002', '003', '004'].map((seed) => expect.stringMatching(new RegExp(`^seed ${seed}: R1 \\d+ of \\d+ shown`))),
    );
    expect(acceptance('000-41')).toContain('test/api/stores.spec.ts');
  });
});
