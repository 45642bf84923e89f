import { brandingOf, changedBranding, contrastWithWhite } from './branding.js';

it.each([
  ['#ffffff', 1],
  ['#000000', 21],
  ['#767676', 4.54], // the lightest grey that WCAG lets text be
  ['#777777', 4.48],
  ['#1f6feb', 4.63],
  ['#ffd400', 1.43],
])('the contrast of %s with white is %s', (color, contrast) => expect(contrastWithWhite(color)).toBeCloseTo(contrast, 1));

describe('changedBranding', () => {
  const stored = { primary_color: '#123456', logo_url: 'https://cdn.example/logo.svg', old: 'kept by nobody' };

  it('merges, lower-cases the colour and takes away what is null', () => {
    expect(changedBranding(stored, { primary_color: '#0B5D1E', logo_url: null, email_from_name: 'Harbour & Söhne' })).toEqual({
      primary_color: '#0b5d1e',
      email_from_name: 'Harbour & Söhne',
    });
    expect(changedBranding(stored, {})).toEqual({ primary_color: '#123456', logo_url: 'https://cdn.example/logo.svg' });
  });

  it.each([
    [{ logo_url: 'http://cdn.example/logo.svg' }, '/branding/logo_url'],
    [{ favicon_url: 'javascript:alert(1)' }, '/branding/favicon_url'],
    [{ favicon_url: 'https://user:secret@cdn.example/x' }, '/branding/favicon_url'],
    [{ primary_color: 'red' }, '/branding/primary_color'],
    [{ primary_color: '#fff' }, '/branding/primary_color'],
    [{ email_from_name: 'Harbour <ceo@bank.example>' }, '/branding/email_from_name'],
    [{ email_from_name: 'Harbour\r\nBcc: all' }, '/branding/email_from_name'],
  ])('refuses %j', (change, field) => {
    expect(() => changedBranding({}, change)).toThrow(
      expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ field })] }),
    );
  });

  it('refuses a colour that white text cannot be read on', () => {
    expect(() => changedBranding({}, { primary_color: '#ffd400' })).toThrow(
      expect.objectContaining({ code: 'contrast_too_low', extras: { contrast: 1.43, least: 4.5 } }),
    );
  });
});

it('brandingOf shows all four, null where nothing is set', () =>
  expect(brandingOf({ primary_color: '#123456', logo_url: 7 })).toEqual({
    logo_url: null,
    primary_color: '#123456',
    favicon_url: null,
    email_from_name: null,
  }));
