import type { Language } from '../../contracts/request.js';
import { number } from '../../history/markdown.js';
import type { Notice } from '../../ports/notifier.js';
import { oneLine } from '../../request/escape.js';
import { catalogue, factNames, type NotificationType, severityOf } from './catalogue.js';
import type { NotificationFacts } from './render-notification.js';

interface NoticeParams {
  type: NotificationType;
  language: Language;
  facts: NotificationFacts;
  message: string | null;
  issueNumber: number | null;
  /** Page of the issue or of the comment; null: none. */
  url: string | null;
}

/** A notification for a channel that has its own form: plain texts, facts in a fixed order, what is not known left out. */
export function noticeOf({ type, language, facts, message, issueNumber, url }: NoticeParams): Notice {
  const words = catalogue[language];
  const { title, lead } = words.templates[type];
  const { model_name: model } = facts;
  const isPage = url !== null && /^https?:/.test(url);
  return {
    type,
    severity: severityOf[type],
    subject: typeof model === 'string' ? oneLine(model) : 'dandori',
    title: typeof model === 'string' ? `${title}: ${oneLine(model)}` : title,
    lead,
    message: message === null ? null : oneLine(message),
    facts: factNames.flatMap((name) => {
      const value = facts[name];
      if (value === null || value === undefined || value === '') return [];
      return [{ label: words.facts[name], value: typeof value === 'number' ? number(value) : oneLine(value) }];
    }),
    link:
      issueNumber === null
        ? null
        : { text: isPage ? words.onIssue(issueNumber) : words.onLocalIssue(issueNumber), url: isPage ? url : null },
    footer: words.footer,
    language,
  };
}

/** What tries out a channel. */
export function testNotice(language: Language): Notice {
  const { test, footer } = catalogue[language];
  const own = { type: 'test', severity: 'info' as const, subject: 'dandori', message: null, facts: [], link: null };
  return { ...own, ...test, footer, language };
}
