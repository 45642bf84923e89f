import { fail, invalid, type FieldError } from '#contracts/errors.js';

/** How a tenant looks. What is not set is not stored. */
export interface Branding {
  readonly logo_url: string | null;
  readonly primary_color: string | null;
  readonly favicon_url: string | null;
  readonly email_from_name: string | null;
}
/** null takes a value away. */
export type BrandingChange = { readonly [K in keyof Branding]?: string | null };

/** WCAG 2.2, 1.4.3: text of usual size on its ground. Buttons carry white text on the colour. */
const LEAST_CONTRAST = 4.5;
const COLOR = /^#[0-9a-f]{6}$/;

const FIELDS = ['logo_url', 'primary_color', 'favicon_url', 'email_from_name'] as const;

/** All four, null where nothing is set. */
export function brandingOf(stored: Readonly<Record<string, unknown>>): Branding {
  const text = (name: (typeof FIELDS)[number]): string | null => (typeof stored[name] === 'string' ? stored[name] : null);
  return { logo_url: text('logo_url'), primary_color: text('primary_color'), favicon_url: text('favicon_url'), email_from_name: text('email_from_name') }; // prettier-ignore
}

/** What is stored after a change. Pure. @throws Problem validation_failed or contrast_too_low { contrast, least } */
export function changedBranding(stored: Readonly<Record<string, unknown>>, change: BrandingChange): Record<string, string> {
  const color = change.primary_color?.toLowerCase();
  const errors: FieldError[] = [
    ...(['logo_url', 'favicon_url'] as const).filter((name) => change[name] && !isHttps(change[name])).map((name) => refusal(name, 'https', 'An address that begins with https://.')),
    ...(color !== undefined && !COLOR.test(color) ? [refusal('primary_color', 'color', 'A colour as #rrggbb.')] : []),
    ...(change.email_from_name && /[\p{Cc}<>"@\\]/u.test(change.email_from_name) ? [refusal('email_from_name', 'name', 'A name, without < > " @ or line breaks.')] : []),
  ]; // prettier-ignore
  if (errors.length) throw invalid(errors);
  if (color !== undefined) {
    const contrast = contrastWithWhite(color);
    if (contrast < LEAST_CONTRAST) throw fail('contrast_too_low', { contrast: Math.round(contrast * 100) / 100, least: LEAST_CONTRAST });
  }
  const after = { ...brandingOf(stored), ...change, ...(color === undefined ? {} : { primary_color: color }) };
  return Object.fromEntries(Object.entries(after).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const refusal = (name: string, code: string, message: string): FieldError => ({ field: `/branding/${name}`, code, message });

function isHttps(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

/** WCAG contrast ratio of `#rrggbb` and white, 1 to 21. */
export function contrastWithWhite(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

const linear = (channel: number): number => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
