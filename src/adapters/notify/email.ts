import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionOptions, SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import type { Delivery, Notifier } from '../../ports/notifier.js';
import { messageOf } from '../../errors.js';
import { deliveryMessages } from './delivery-messages.js';
import { mailMessage } from './email-message.js';
import { shortLine } from './plain-text.js';

export interface EmailOptions {
  host: string;
  port: number;
  /** `implicit`: TLS from the first byte; `starttls`: demanded before anything else is said; `off`: never, for a relay on a trusted network. */
  tls: 'implicit' | 'starttls' | 'off';
  /** Null: the server asks for none. */
  auth: { user: string; pass: string } | null;
  /** `dandori@example.com`, or `Dandori <dandori@example.com>`. */
  from: string;
  to: readonly string[];
  /** PEM of further authorities that may vouch for the server. Default: those of Node. */
  ca?: string;
  /** For the connection, for the greeting, and for each answer. */
  timeoutMs?: number;
}

/** The bare address of `Name <address>`. */
function addressOf(mailbox: string): string {
  return (/<([^<>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox).trim();
}

function connectionOptions(options: EmailOptions): SMTPConnectionOptions {
  const { host, port, tls, ca, timeoutMs = 20_000 } = options;
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'off',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
  };
}

/** How far a sending got: before the server asked for the text nothing can have been delivered. */
interface Progress {
  textBegan: boolean;
}

type Words = (typeof deliveryMessages)['en'];

function failed(error: unknown, { textBegan }: Progress, words: Words): Delivery {
  const { responseCode } = error instanceof Error && 'responseCode' in error ? error : {};
  const reason = words.mailServer(shortLine(messageOf(error), 300));
  if (typeof responseCode === 'number')
    return { status: 'refused', reason, again: responseCode < 500, retryAfterMs: null };
  return textBegan ? { status: 'lost', reason } : { status: 'refused', reason, again: true, retryAfterMs: null };
}

/** Connects, shows who we are, hands over one message, hangs up. */
async function hand(
  options: EmailOptions,
  raw: Buffer,
  progress: Progress,
  words: Words,
): Promise<SMTPConnectionSendInfo> {
  const connection = new SMTPConnection(connectionOptions(options));
  // Read when the server has said that it waits for the text, not before.
  const text = Readable.from(
    (function* () {
      progress.textBegan = true;
      yield raw;
    })(),
  );
  try {
    return await new Promise((resolve, reject) => {
      const send = () =>
        connection.send(
          { from: addressOf(options.from), to: [...options.to], size: raw.length },
          text,
          (error, info) => (error === null ? resolve(info) : reject(error)),
        );
      connection.on('error', reject);
      connection.once('end', () => reject(new Error(words.connectionClosed)));
      connection.connect((error) => {
        if (error instanceof Error) reject(error);
        else if (options.auth === null) send();
        // A copy: the connection writes into it.
        else connection.login({ ...options.auth }, (refused) => (refused === null ? send() : reject(refused)));
      });
    });
  } finally {
    text.destroy();
    connection.close();
  }
}

/** Mail over SMTP. Nobody can be asked whether a mail arrived: one whose answer was lost stays lost. */
export function createEmail(options: EmailOptions): Notifier {
  const domain = addressOf(options.from).split('@').at(-1) ?? 'localhost';
  const { to, host } = options;
  return {
    async send({ key, notice }) {
      const { messageId, references, subject, text, html } = mailMessage(key, notice, domain);
      const mail = new MailComposer({
        from: options.from,
        to: [...to],
        subject,
        text,
        html,
        messageId,
        references,
        headers: { 'auto-submitted': 'auto-generated', 'x-auto-response-suppress': 'All' },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const progress: Progress = { textBegan: false };
      const words = deliveryMessages[notice.language];
      try {
        const info = await hand(options, await mail.compile().build(), progress, words);
        const refused = info.rejected.length;
        const remark = refused === 0 ? null : words.addressesRefused(refused, to.length);
        return { status: 'sent', id: info.serverMessageId ?? messageId, remark };
      } catch (error) {
        return failed(error, progress, words);
      }
    },
    find: async () => ({ status: 'unknown' }),
    target: () => `email by ${host} to ${to.length === 1 ? addressOf(to[0] ?? '') : `${to.length} addresses`}`,
  };
}
