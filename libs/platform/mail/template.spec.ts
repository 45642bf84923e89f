import { headerText, isMailAddress, parseSender } from './address.js';
import { mailDriver } from './driver.js';
import { isLoopbackPeer } from './mailbox.js';
import { smtpError, smtpOptions } from './smtp.js';
import { button, code, defineTemplate, facts, mailTemplates, renderMail, small, text } from './template.js';

const around = { product_name: 'Tenantry', public_url: 'https://tenantry.example' };
const INVITE = defineTemplate<{ company: string; url: string }>({
  name: 'spec.invitation',
  subject: ({ company }) => `You are invited to ${company}`,
  lines: ({ company, url }, { product_name }) => [
    text(`${company} invites you to ${product_name}.\nSecond line.`),
    facts(['Role', 'Cashier'], ['Store', company]),
    button('Accept the invitation', url),
    code('4711'),
    small('The link works for 48 hours.'),
  ],
  example: { company: 'Harbour Retail', url: 'https://tenantry.example/invite#token' },
});

describe('renderMail', () => {
  it('makes text and HTML of the same parts', () => {
    const mail = renderMail(INVITE, INVITE.example, around);
    expect(mail.subject).toBe('You are invited to Harbour Retail');
    expect(mail.links).toEqual(['https://tenantry.example/invite#token']);
    expect(mail.text).toBe(
      'Tenantry\n\nHarbour Retail invites you to Tenantry.\nSecond line.\n\nRole: Cashier\nStore: Harbour Retail\n\nAccept the invitation:\nhttps://tenantry.example/invite#token\n\n4711\n\nThe link works for 48 hours.\n',
    );
    expect(mail.html).toMatchInlineSnapshot(`
"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light"><title>You are invited to Harbour Retail</title></head>
<body style="margin:0;padding:32px 16px;background:#f5f7f9;color:#1f2933;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">
<main style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">
<p style="margin:0 0 24px;font-weight:600;color:#61707f">Tenantry</p>
<p style="margin:0 0 16px">Harbour Retail invites you to Tenantry.<br>Second line.</p>
<dl style="margin:0 0 16px"><dt style="font-size:13px;color:#61707f">Role</dt><dd style="margin:0 0 8px">Cashier</dd><dt style="font-size:13px;color:#61707f">Store</dt><dd style="margin:0 0 8px">Harbour Retail</dd></dl>
<p style="margin:24px 0"><a href="https://tenantry.example/invite#token" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600">Accept the invitation</a></p><p style="margin:0 0 16px;font-size:13px;color:#61707f;word-break:break-all">https://tenantry.example/invite#token</p>
<p style="margin:24px 0;font-family:ui-monospace,Consolas,monospace;font-size:24px;letter-spacing:2px">4711</p>
<p style="margin:24px 0 0;font-size:13px;color:#61707f">The link works for 48 hours.</p>
</main></body></html>
"
`);
  });

  it('puts values in as text, never as markup', () => {
    const hostile = '<script>alert(1)</script>"\'&';
    const { html, text: plain, subject } = renderMail(INVITE, { company: hostile, url: 'https://a.example/?a=1&b=2' }, around);
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;');
    expect(html).toContain('href="https://a.example/?a=1&amp;b=2"');
    expect(plain).toContain(hostile);
    expect(subject).toContain(hostile);
  });

  it('keeps the subject on one line, whatever a name holds, and refuses a link that is not http', () => {
    const { subject } = renderMail(INVITE, { company: 'A\r\nBcc: x@y.example\u2028\u0007', url: 'https://a.example' }, around);
    expect(subject).toContain('A Bcc: x@y.example');
    expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    for (const url of ['javascript:alert(1)', 'data:text/html,x', '/relative', 'https://a.example/"><script>', 'ftp://a.example', '']) {
      expect(() => renderMail(INVITE, { company: 'A', url }, around)).toThrow('link');
    }
  });

  it('cuts a subject that is too long', () => {
    expect(renderMail(INVITE, { company: 'x'.repeat(500), url: 'https://a.example' }, around).subject).toHaveLength(200);
  });

  it('knows each template once, by a name of the form module.noun', () => {
    expect(() => defineTemplate({ ...INVITE })).toThrow('twice');
    expect(() => defineTemplate({ ...INVITE, name: 'Invitation' })).toThrow('<module>.<noun>');
    expect(mailTemplates().map(({ name }) => name)).toEqual(['spec.invitation']);
  });
});

describe('addresses', () => {
  it('takes one address and nothing around it', () => {
    const good = ['a@b.example', 'first.last+tag@sub.harbour.example', "o'brien@x.example", 'no-reply@localhost', 'ü@münchen.example'];
    const bad = ['', 'a', 'a@', '@b', 'a@b.example,c@d.example', 'a@b.example\r\nBcc: x@y.example', '<a@b.example>', 'a b@c.example', 'a@b.example\n', 'a@-b.example', 'a@b..example', `${'x'.repeat(65)}@b.example`, `a@${'b'.repeat(250)}.example`, 'a@b.example (c)', '"a"@b.example']; // prettier-ignore
    expect(good.filter((address) => !isMailAddress(address))).toEqual([]);
    expect(bad.filter(isMailAddress)).toEqual([]);
  });

  it('reads MAIL_FROM', () => {
    expect(parseSender('Tenantry <no-reply@localhost>')).toEqual({ name: 'Tenantry', address: 'no-reply@localhost' });
    expect(parseSender('"Tenantry, Inc." <a@b.example>')).toEqual({ name: 'Tenantry, Inc.', address: 'a@b.example' });
    expect(parseSender('a@b.example')).toEqual({ name: '', address: 'a@b.example' });
    expect(() => parseSender('nothing')).toThrow('MAIL_FROM');
    expect(() => headerText('From', 'a\u2028b')).toThrow('From');
  });
});

describe('mailDriver', () => {
  it('follows SMTP_URL and production', () => {
    expect(mailDriver({ smtp_url: 'smtp://x', production: true })).toBe('smtp');
    expect(mailDriver({ smtp_url: 'smtp://x', production: false })).toBe('smtp');
    expect(mailDriver({ smtp_url: '', production: false })).toBe('mailbox');
    expect(mailDriver({ smtp_url: '', production: true })).toBe('held');
  });
});

describe('smtpOptions', () => {
  it('verifies certificates whatever the address says', () => {
    const options = smtpOptions('smtp://us%40er:p%2Fw@mail.example/?tls.rejectUnauthorized=false&secure=false');
    expect(options).toMatchObject({
      host: 'mail.example',
      port: 587,
      secure: false,
      requireTLS: true,
      auth: { user: 'us@er', pass: 'p/w' },
      tls: { rejectUnauthorized: true },
    });
    expect(smtpOptions('smtps://mail.example')).toMatchObject({ port: 465, secure: true, requireTLS: false, auth: undefined });
    expect(smtpOptions('smtp://relay:25')).toMatchObject({ port: 25, requireTLS: false });
    expect(smtpOptions('smtp://a:b@127.0.0.1:1025')).toMatchObject({ requireTLS: false });
    expect(() => smtpOptions('https://mail.example')).toThrow('SMTP_URL');
  });

  it('tells final answers from those that pass', () => {
    const final = (error: object): boolean => smtpError(error).final;
    expect(final({ responseCode: 550, code: 'EENVELOPE' })).toBe(true);
    expect(final({ responseCode: 554, code: 'EMESSAGE' })).toBe(true);
    expect(final({ responseCode: 451, code: 'EENVELOPE' })).toBe(false);
    expect(final({ responseCode: 535, code: 'EAUTH' })).toBe(false);
    expect(final({ code: 'ETIMEDOUT' })).toBe(false);
    expect(smtpError({ responseCode: 550 }).code).toBe('smtp_550');
    expect(smtpError({ code: 'ECONNREFUSED' }).code).toBe('smtp_econnrefused');
    expect(smtpError(null).code).toBe('smtp_unknown');
    expect(smtpError(Object.assign(new Error('to a@b.example'), { responseCode: 550 })).message).not.toContain('@');
  });
});

describe('isLoopbackPeer', () => {
  const peer = (remoteAddress: string | undefined, headers: Record<string, string> = {}) =>
    isLoopbackPeer({ socket: { remoteAddress }, headers });
  it('is true for this machine only, and not behind a proxy', () => {
    expect([peer('127.0.0.1'), peer('::1'), peer('::ffff:127.0.0.1'), peer('127.8.9.10')]).toEqual([true, true, true, true]);
    expect([peer('10.0.0.1'), peer(undefined), peer('::ffff:10.0.0.1'), peer('1270.0.0.1'), peer('fe80::1')]).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect([peer('127.0.0.1', { 'x-forwarded-for': '8.8.8.8' }), peer('::1', { forwarded: 'for=8.8.8.8' })]).toEqual([false, false]);
  });
});
