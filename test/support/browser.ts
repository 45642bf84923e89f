import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Browser, type BrowserContext, type Page, type Response } from 'playwright-core';
import { ERRORS, type ErrorCode } from '../../libs/contracts/errors.js';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const PICTURES = path.resolve('test/browser/out');
const WIDE = { width: 1280, height: 800 };
const SHOWN = [
  { size: WIDE, schemes: ['light', 'dark'] },
  { size: { width: 375, height: 812 }, schemes: ['light'] },
] as const;
const HIGHEST = 2_400;
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
]; // prettier-ignore
const PATIENCE_MS = 2_000;
/** Chromium says each refused answer on the console, too; those are judged by their status. */
const SAID_BY_CHROMIUM = /^Failed to load resource: the server responded with a status of \d+/;
/** Libraries say a refusal that became a page. */
const SAID_OF_REFUSAL = /\bApiError: (\w+)/;

const isThere = existsSync(CHROMIUM);
if (!isThere)
  process.stderr.write(`No browser at ${CHROMIUM}. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH.\n`);
/** `describe` of the journeys: skipped where there is no browser, but in CI they fail. */
export const describeInBrowser = isThere || process.env['CI'] ? describe : describe.skip;

let browser: Promise<Browser> | null = null;
const visitors = new Set<Visitor>();

/**
 * One person at one browser: own cookies and storage, as many tabs as they like. An error on the console, one that no script caught, a
 * breach of the content policy, an answer of 500 and more, an error code that is not in the contract, and a refusal that the test did not
 * announce each fail the test in which they happen.
 */
export class Visitor {
  private readonly faults: string[] = [];
  private readonly judging: Promise<void>[] = [];
  private readonly announced: { readonly status: number; readonly path: RegExp }[] = [];

  private constructor(
    readonly context: BrowserContext,
    private readonly origin: string,
  ) {}

  static async at(origin: string): Promise<Visitor> {
    browser ??= launch();
    const context = await (
      await browser
    ).newContext({ baseURL: origin, viewport: WIDE, colorScheme: 'light', reducedMotion: 'reduce', locale: 'en-GB' });
    await context.addInitScript({
      content: `document.addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))`,
    });
    const visitor = new Visitor(context, origin);
    visitor.watch();
    visitors.add(visitor);
    return visitor;
  }

  /** A new tab, at an address of the product. */
  async open(address: string): Promise<Page> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(address);
    return page;
  }

  /** From here on this refusal belongs to the walk. */
  expectRefusal(status: number, where: RegExp): void {
    this.announced.push({ status, path: where });
  }

  /** What went wrong since the last call. */
  async takeFaults(): Promise<string[]> {
    await Promise.all(this.judging.splice(0));
    return this.faults.splice(0);
  }

  fault(words: string): void {
    this.faults.push(words);
  }

  async leave(): Promise<void> {
    visitors.delete(this);
    await this.context.close();
  }

  private watch(): void {
    this.context.on('console', (message) => {
      if (message.type() === 'error' && !this.isAnnounced(message.text())) this.fault(`console: ${message.text()}`);
    });
    this.context.on('weberror', (uncaught) => this.fault(`uncaught: ${String(uncaught.error())}`));
    this.context.on('request', (request) => {
      if (request.url().endsWith('/csp-reports')) this.fault(`policy report: ${request.postData() ?? ''}`);
    });
    this.context.on('response', (response) => {
      if (response.status() >= 400 && response.url().startsWith(this.origin)) this.judging.push(this.judge(response));
    });
  }

  private isAnnounced(said: string): boolean {
    const code = SAID_OF_REFUSAL.exec(said)?.[1];
    if (code === undefined) return SAID_BY_CHROMIUM.test(said);
    return Object.hasOwn(ERRORS, code) && this.announced.some(({ status }) => status === ERRORS[code as ErrorCode].status);
  }

  private async judge(response: Response): Promise<void> {
    const { pathname } = new URL(response.url());
    const status = response.status();
    // A page that left before the answer was whole has no body to show.
    const body = await Promise.race([response.text(), wait(PATIENCE_MS, '', { ref: false })]).catch(() => '');
    const said = `${response.request().method()} ${pathname} → ${status} ${body.slice(0, 200)}`;
    if (status >= 500 || !this.announced.some((one) => one.status === status && one.path.test(pathname))) this.fault(said);
    else if (pathname.startsWith('/api/') && body !== '' && !isKnownCode(body)) this.fault(`unknown code: ${said}`);
  }
}

function isKnownCode(body: string): boolean {
  const { code } = JSON.parse(body) as { code?: string };
  return code !== undefined && Object.hasOwn(ERRORS, code);
}

/** `--no-sandbox`: tests run as root in containers. What the profile writes is Playwright's, in a folder that it removes. */
async function launch(): Promise<Browser> {
  rmSync(folder(), { recursive: true, force: true });
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

const folder = (): string => path.join(PICTURES, path.basename(expect.getState().testPath ?? '', '.spec.ts'));

/** The page as it is now, wide in both schemes and narrow, for `test/browser/out/index.html`. What is wider than its screen is a fault. */
export async function picture(visitor: Visitor, page: Page, name: string): Promise<void> {
  mkdirSync(folder(), { recursive: true });
  await page.mouse.move(0, 0); // no tip, no hovered row
  for (const { size, schemes } of SHOWN) {
    await page.setViewportSize(size);
    // A screen as high as the page, so that what sticks to its edges stands where a person would see it.
    const needed = await page.evaluate<{ width: number; height: number }>(NEEDED);
    if (needed.width > size.width) visitor.fault(`${name}: ${needed.width} px wide on a screen of ${size.width}`);
    if (needed.height > size.height) await page.setViewportSize({ width: size.width, height: Math.min(needed.height, HIGHEST) });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      const file = path.join(folder(), fileOf(name, size.width, colorScheme));
      await page.screenshot({ path: file, type: 'jpeg', quality: 85, animations: 'disabled' });
    }
  }
  await page.setViewportSize(WIDE);
}

const fileOf = (name: string, width: number, scheme: string): string => `${name} ${width} ${scheme}.jpg`;

/** Asked when the new viewport is drawn. */
const NEEDED = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const { scrollWidth: width, scrollHeight: height } = document.documentElement;
  done({ width, height });
})))`;

/** All pictures of all journeys on one page, three in a row: for a person to look at. */
function writeContactSheet(): void {
  if (!existsSync(PICTURES)) return;
  const journeys = readdirSync(PICTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const rows = journeys.flatMap(({ name: journey }) => {
    const first = fileOf('', WIDE.width, 'light');
    const files = readdirSync(path.join(PICTURES, journey)).filter((file) => file.endsWith(first)).sort(); // prettier-ignore
    return files.map((file) => {
      const screen = file.slice(0, -first.length);
      const images = SHOWN.flatMap(({ size: { width }, schemes }) =>
        schemes.map(
          (scheme) => `<img loading="lazy" width="${width / 2.5}" src="${encodeURI(`${journey}/${fileOf(screen, width, scheme)}`)}">`,
        ),
      );
      return `<h2>${journey}: ${screen}</h2><div>${images.join('')}</div>`;
    });
  });
  const style = 'body{font:14px system-ui;background:#888;margin:24px}div{display:flex;gap:16px;align-items:start}';
  writeFileSync(
    path.join(PICTURES, 'index.html'),
    `<!doctype html><meta charset="utf-8"><title>Screens</title><style>${style}</style>${rows.join('\n')}\n`,
  );
}

afterEach(async () => {
  const faults = await Promise.all([...visitors].map((visitor) => visitor.takeFaults()));
  expect(faults.flat()).toEqual([]);
});

afterAll(async () => {
  for (const visitor of [...visitors]) await visitor.leave();
  await (await browser)?.close();
  browser = null;
  writeContactSheet();
});

/** The sign-in form, of either realm. */
export async function typeSignIn(page: Page, { email, password }: { readonly email: string; readonly password: string }): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
