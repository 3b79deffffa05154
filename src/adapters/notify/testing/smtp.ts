import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { StandInMode } from './http-stand-in.js';
import { localCertificate } from './certificate.js';

export interface Mail {
  from: string;
  to: string[];
  /** Header and body as they came over the wire. */
  raw: string;
  /** Who logged in; null: nobody. */
  user: string | null;
  /** Whether it came over TLS. */
  secure: boolean;
}

export interface SmtpStandIn {
  port: number;
  /** Its own certificate, PEM: who is to trust it is given it. */
  cert: string;
  mode: StandInMode;
  mails: Mail[];
  auth: { user: string; pass: string };
  /** Addresses that are refused. */
  unknown: Set<string>;
  close(): Promise<void>;
}

const refusal = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code });

export interface SmtpOptions {
  /** False: none is offered. */
  starttls?: boolean;
  implicit?: boolean;
  /** True: a password is wanted. */
  password?: boolean;
  port?: number;
}

/** What the server does at each step, as the mode of the stand-in says; `breakOff` ends every connection. */
function steps(smtp: () => SmtpStandIn, breakOff: () => void) {
  return {
    onAuth: ({ username, password }, _session, done) => {
      const { user, pass } = smtp().auth;
      if (username === user && password === pass) done(null, { user });
      else done(refusal(535, 'wrong password'));
    },
    onMailFrom: (_address, _session, done) => done(smtp().mode === 'busy' ? refusal(451, 'try again later') : null),
    onRcptTo: ({ address }, _session, done) => {
      const known = smtp().mode !== 'refuse' && !smtp().unknown.has(address);
      done(known ? null : refusal(550, 'no such mailbox'));
    },
    onData: (stream, { envelope, user, secure }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        smtp().mails.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString('utf8'),
          user: typeof user === 'string' ? user : null,
          secure,
        });
        // The message is taken; what the sender learns of it is another matter.
        if (smtp().mode === 'lose' || smtp().mode === 'cut') breakOff();
        else if (smtp().mode !== 'hang') done(null, 'taken');
      });
    },
  } satisfies SMTPServerOptions;
}

/** A real SMTP server on 127.0.0.1. */
export async function startSmtp(options: SmtpOptions = {}): Promise<SmtpStandIn> {
  const { starttls = true, implicit = false, password = false, port = 0 } = options;
  const breakOff = () => {
    for (const { _socket } of server.connections) _socket.destroy();
  };
  const { key, cert } = localCertificate();
  const server = new SMTPServer({
    secure: implicit,
    key,
    cert,
    logger: false,
    disabledCommands: [...(starttls ? [] : ['STARTTLS']), ...(password ? [] : ['AUTH'])],
    ...steps(() => smtp, breakOff),
  });
  server.on('error', () => undefined);
  const listening = await new Promise<ReturnType<SMTPServer['listen']>>((resolve) => {
    const made = server.listen(port, '127.0.0.1', () => resolve(made));
  });
  const smtp: SmtpStandIn = {
    port: (listening.address() as AddressInfo).port,
    cert,
    mode: 'ok',
    mails: [],
    auth: { user: 'dandori', pass: 'very secret/pass' },
    unknown: new Set(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakOff();
      }),
  };
  return smtp;
}
