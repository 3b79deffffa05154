import type { Notice } from '../../ports/notifier.js';
import { shortLine, severalLines, webAddress } from './plain-text.js';

/** Slack's limits in characters: text of a section, of a header; and of the text that notifications show. */
const limits = { section: 3000, header: 150, fallback: 1000 };

/** `&`, `<` and `>` begin Slack's mentions, links and dates: as entities they are only themselves. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Escaped and cut so that the escaped text keeps the limit and no entity is cut in two. */
function fitted(text: string, limit: number): string {
  for (let length = limit; ; length -= Math.ceil(length / 10)) {
    const made = escaped(severalLines(text, length));
    if (made.length <= limit) return made;
  }
}

/** Shown as it is: no formatting, no emoji, no mention. */
const plain = (text: string, limit: number) => ({ type: 'plain_text', text: fitted(text, limit), emoji: false });

/** Our own words with `code`; `verbatim`: Slack looks for no names, channels or addresses in it. */
const formatted = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });

export interface SlackMessage {
  text: string;
  blocks: object[];
  unfurl_links: false;
  unfurl_media: false;
}

/** A notice as Slack blocks: at most six, whatever it says. */
export function slackMessage({ title, lead, message, facts, link, footer }: Notice): SlackMessage {
  const lines = facts.map(({ label, value }) => `${label}: ${shortLine(value, 1000)}`);
  const url = webAddress(link?.url ?? null);
  const place = link === null ? null : fitted(link.text, 500);
  const blocks = [
    { type: 'header', text: plain(title, limits.header) },
    { type: 'section', text: formatted(fitted(lead, limits.section)) },
    ...(message === null || message.trim() === '' ? [] : [{ type: 'section', text: plain(message, limits.section) }]),
    ...(lines.length === 0 ? [] : [{ type: 'section', text: plain(lines.join('\n'), limits.section) }]),
    ...(place === null
      ? []
      : [
          {
            type: 'section',
            text: formatted(url === null ? place : `<${slackAddress(url)}|${place.replaceAll('|', '¦')}>`),
          },
        ]),
    { type: 'context', elements: [plain(footer, 500)] },
  ];
  return {
    text: fitted(shortLine(title, limits.fallback), limits.fallback),
    blocks,
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** An address between `<` and `|`: neither may occur in it. */
function slackAddress(url: string): string {
  return url.replaceAll('&', '&amp;').replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C');
}
