import type { Notice } from '../../ports/notifier.js';
import { shortLine, severalLines, webAddress } from './plain-text.js';

/** A mail but for its addresses. */
export interface MailMessage {
  /** One line: no header can be smuggled in. */
  subject: string;
  text: string;
  html: string;
  /** Of this message, with the angle brackets: the same for every try under the same key. */
  messageId: string;
  /** The run that it belongs to: mail programs show the messages of one run together. */
  references: string;
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '<br>');
}

/** Our own words: what stands between backticks is code. */
const withCode = (text: string): string => html(text).replaceAll(/`([^`]*)`/g, '<code>$1</code>');

function htmlOf({ title, lead, message, facts, link, footer, language }: Notice): string {
  const rows = facts.map(({ label, value }) => `<tr><th align="left">${html(label)}</th><td>${html(value)}</td></tr>`);
  const url = webAddress(link?.url ?? null);
  const place = link === null ? '' : html(link.text);
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${html(title)}</title></head><body>`,
    `<h2>${html(title)}</h2>`,
    `<p>${withCode(lead)}</p>`,
    ...(message === null || message === '' ? [] : [`<p>${html(message)}</p>`]),
    ...(rows.length === 0 ? [] : [`<table cellpadding="4">${rows.join('')}</table>`]),
    ...(link === null ? [] : [`<p>${url === null ? place : `<a href="${html(url)}">${place}</a>`}</p>`]),
    `<p><small>${html(footer)}</small></p>`,
    '</body></html>',
  ].join('\n');
}

function textOf({ title, lead, message, facts, link, footer }: Notice): string {
  const url = webAddress(link?.url ?? null);
  const parts = [
    title,
    lead,
    ...(message === null || message === '' ? [] : [message]),
    ...(facts.length === 0 ? [] : [facts.map(({ label, value }) => `${label}: ${value}`).join('\n')]),
    ...(link === null ? [] : [url === null ? link.text : `${link.text}: ${url}`]),
    // "-- " sets off a signature.
    `-- \n${footer}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A key as the left side of a Message-ID: letters, digits, dots, hyphens and underscores. */
function idPart(key: string): string {
  return key
    .replaceAll(/[^A-Za-z0-9_-]+/g, '.')
    .replaceAll(/^\.+|\.+$/g, '')
    .slice(0, 200);
}

/** A notice as text and as HTML. `domain` is the one that the sender's address is of. */
export function mailMessage(key: string, given: Notice, domain: string): MailMessage {
  const notice: Notice = {
    ...given,
    title: shortLine(given.title, 200),
    message: given.message === null ? null : severalLines(given.message, 4000),
    facts: given.facts.map(({ label, value }) => ({ label, value: shortLine(value, 1000) })),
  };
  return {
    subject: `[Dandori] ${notice.title}`,
    text: textOf(notice),
    html: htmlOf(notice),
    messageId: `<${idPart(key)}@${domain}>`,
    references: `<${idPart(key.split('/')[0] ?? key)}.dandori@${domain}>`,
  };
}
