import { describe, expect, it } from 'vitest';
import { hostileNotice, notifierSuite, plainNotice } from '../../ports/notifier.testsuite.js';
import { createEmail, type EmailOptions } from './email.js';
import { type SmtpStandIn, startSmtp } from './testing/smtp.js';

function channelOf(smtp: SmtpStandIn, options: Partial<EmailOptions> = {}) {
  return createEmail({
    host: '127.0.0.1',
    port: smtp.port,
    tls: 'starttls',
    auth: null,
    from: 'Dandori <dandori@ml.example>',
    to: ['ops@example.com', 'aya@example.com'],
    ca: smtp.cert,
    timeoutMs: 20_000,
    ...options,
  });
}

/** The parts of a mail that people read, decoded. */
function readable(raw: string): string {
  const decoded = raw
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (run) => Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'))
    .replaceAll(/^(?:[A-Za-z0-9+/]{76}\r?\n)*[A-Za-z0-9+/]{4,}={0,2}$/gm, (block) =>
      Buffer.from(block, 'base64').toString('utf8'),
    );
  return decoded.replaceAll(/=\?UTF-8\?Q\?(.*?)\?=/g, (_, text: string) => text.replaceAll('_', ' '));
}

notifierSuite(
  'Email',
  async (timeoutMs) => {
    const smtp = await startSmtp({ password: true });
    return {
      notifier: channelOf(smtp, { auth: smtp.auth, timeoutMs }),
      setMode: (mode) => (smtp.mode = mode),
      stop: () => smtp.close(),
      arrived: () => smtp.mails.map(({ raw }) => readable(raw)),
      problems: () => [],
      secrets: [smtp.auth.pass],
      close: () => smtp.close(),
    };
  },
  { hasId: true, after: 'unknown' },
);

async function smtpFor(
  options: Parameters<typeof startSmtp>[0],
  test: { onTestFinished: (fn: () => Promise<void>) => void },
): Promise<SmtpStandIn> {
  const smtp = await startSmtp(options);
  test.onTestFinished(() => smtp.close());
  return smtp;
}

describe('a mail', () => {
  it('has the headers of its run and none that a text smuggled in', async (test) => {
    const smtp = await smtpFor({}, test);
    const key = 'train-20260110-000001/NotifyFailure/1/notify_email_training_failed';
    const sent = await channelOf(smtp).send({ key, notice: hostileNotice });
    const [mail] = smtp.mails;
    const header = (mail?.raw.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]+/g, ' ');
    expect(sent).toMatchObject({
      status: 'sent',
      id: '<train-20260110-000001.NotifyFailure.1.notify_email_training_failed@ml.example>',
    });
    expect(header).toContain(
      'Message-ID: <train-20260110-000001.NotifyFailure.1.notify_email_training_failed@ml.example>',
    );
    expect(header).toContain('References: <train-20260110-000001.dandori@ml.example>');
    expect(header).toContain('Auto-Submitted: auto-generated');
    expect(header).not.toMatch(/^bcc:/im);
    expect(mail).toMatchObject({ from: 'dandori@ml.example', to: ['ops@example.com', 'aya@example.com'] });
  });

  it('is text and HTML, and its HTML holds foreign text as text', async (test) => {
    const smtp = await smtpFor({}, test);
    await channelOf(smtp).send({
      key: 'k',
      notice: { ...hostileNotice, message: '</p><script>x</script> "q" & 段取り' },
    });
    const text = readable(smtp.mails[0]?.raw ?? '');
    expect(text).toContain('Content-Type: text/plain');
    expect(text).toContain('&lt;/p&gt;&lt;script&gt;x&lt;/script&gt; &quot;q&quot; &amp; 段取り');
    expect(text).toContain('<code>/retry</code>');
  });
});

describe('the way to a mail server', () => {
  it.each([
    ['STARTTLS', {}, {}, true],
    ['TLS from the first byte', { implicit: true }, { tls: 'implicit' }, true],
    ['no TLS, where that is asked for', { starttls: false }, { tls: 'off' }, false],
  ] as const)('is taken with %s', async (_name, server, client, secure) => {
    const smtp = await startSmtp(server);
    try {
      expect(await channelOf(smtp, client).send({ key: 'k', notice: plainNotice })).toMatchObject({ status: 'sent' });
      expect(smtp.mails).toMatchObject([{ secure }]);
    } finally {
      await smtp.close();
    }
  });

  it('is not taken in the clear when the server offers no STARTTLS', async (test) => {
    const smtp = await smtpFor({ starttls: false }, test);
    expect(await channelOf(smtp).send({ key: 'k', notice: plainNotice })).toMatchObject({ status: 'refused' });
    expect(smtp.mails).toEqual([]);
  });

  it('is not taken to a server whose certificate nobody vouches for', async (test) => {
    const smtp = await smtpFor({}, test);
    const stranger = createEmail({
      host: '127.0.0.1',
      port: smtp.port,
      tls: 'starttls',
      auth: null,
      from: 'a@b.example',
      to: ['c@d.example'],
    });
    const answer = await stranger.send({ key: 'k', notice: plainNotice });
    expect(answer).toMatchObject({ status: 'refused', reason: expect.stringMatching(/certificate/) });
    expect(smtp.mails).toEqual([]);
  });

  it('shows the password, and a wrong one is refused for good', async (test) => {
    const smtp = await smtpFor({ password: true }, test);
    expect(await channelOf(smtp, { auth: smtp.auth }).send({ key: 'k', notice: plainNotice })).toMatchObject({
      status: 'sent',
    });
    expect(smtp.mails[0]?.user).toBe('dandori');
    const wrong = { ...smtp.auth, pass: 'guess' };
    expect(await channelOf(smtp, { auth: wrong }).send({ key: 'k', notice: plainNotice })).toMatchObject({
      status: 'refused',
      again: false,
      reason: expect.stringContaining('535'),
    });
  });

  it('tells which addresses the server did not take', async (test) => {
    const smtp = await smtpFor({}, test);
    smtp.unknown.add('aya@example.com');
    expect(await channelOf(smtp).send({ key: 'k', notice: plainNotice })).toMatchObject({
      status: 'sent',
      remark: 'the mail server refused 1 of 2 addresses',
    });
  });
});
