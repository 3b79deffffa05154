import { describe, expect, it } from 'vitest';
import { factNames, notificationTypes, severityOf } from '../../capabilities/notification/catalogue.js';
import { noticeOf, testNotice } from '../../capabilities/notification/notice.js';
import type { Notice } from '../../ports/notifier.js';
import { createEmail } from './email.js';
import { createPagerDuty } from './pagerduty.js';
import { createSlackBot } from './slack-bot.js';
import { createSlackWebhook } from './slack-webhook.js';
import { startPagerDuty } from './testing/pagerduty.js';
import { startSlack } from './testing/slack.js';
import { startSmtp } from './testing/smtp.js';

const facts = Object.fromEntries(factNames.map((name) => [name, name === 'value' ? 0.5 : `the ${name}`]));

const noticesIn = (language: 'en' | 'ja'): Notice[] => [
  ...notificationTypes.map((type) =>
    noticeOf({ type, language, facts, message: 'm', issueNumber: 7, url: 'https://tracker.example/issues/7' }),
  ),
  testNotice(language),
];

describe.each(['en', 'ja'] as const)('every template in %s', (language) => {
  it('is taken by Slack, by webhook and by bot', async () => {
    const slack = await startSlack();
    const channels = [
      createSlackWebhook({ url: slack.webhookUrl }),
      createSlackBot({ token: slack.token, channel: slack.channel, apiUrl: `${slack.url}/api` }),
    ];
    for (const notice of noticesIn(language)) {
      for (const channel of channels) {
        expect(await channel.send({ key: notice.type, notice })).toMatchObject({ status: 'sent' });
      }
    }
    expect(slack.problems).toEqual([]);
    expect(new Set(slack.messages.map(({ text }) => text)).size).toBe(notificationTypes.length + 1);
    await slack.close();
  });

  it('is taken by PagerDuty, with its severity', async () => {
    const stand = await startPagerDuty();
    const channel = createPagerDuty({ routingKey: stand.routingKey, apiUrl: stand.url });
    for (const notice of noticesIn(language)) await channel.send({ key: notice.type, notice });
    expect(stand.problems).toEqual([]);
    expect(stand.events.map(({ payload }) => payload?.severity)).toEqual([...Object.values(severityOf), 'info']);
    await stand.close();
  });

  it('is taken by a mail server', async () => {
    const smtp = await startSmtp({ starttls: false });
    const where = { host: '127.0.0.1', port: smtp.port, tls: 'off' as const, auth: null };
    const channel = createEmail({ ...where, from: 'dandori@ml.example', to: ['ops@example.com'] });
    for (const notice of noticesIn(language)) {
      expect(await channel.send({ key: notice.type, notice })).toMatchObject({ status: 'sent' });
    }
    expect(smtp.mails).toHaveLength(notificationTypes.length + 1);
    await smtp.close();
  });
});
