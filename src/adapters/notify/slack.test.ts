import { describe, expect, it } from 'vitest';
import { hostileNotice, notifierSuite, plainNotice } from '../../ports/notifier.testsuite.js';
import { createSlackBot } from './slack-bot.js';
import { createSlackWebhook } from './slack-webhook.js';
import { type SlackStandIn, startSlack } from './testing/slack.js';

async function opened(slack: SlackStandIn, notifier: ReturnType<typeof createSlackBot>, secrets: string[]) {
  return {
    notifier,
    setMode: (mode: SlackStandIn['mode']) => (slack.mode = mode),
    stop: () => slack.close(),
    arrived: () => slack.messages.map((message) => JSON.stringify(message)),
    problems: () => slack.problems,
    secrets,
    close: () => slack.close(),
  };
}

notifierSuite(
  'A Slack webhook',
  async (timeoutMs) => {
    const slack = await startSlack();
    const notifier = createSlackWebhook({ url: slack.webhookUrl, timeoutMs });
    return opened(slack, notifier, ['verysecretwebhookpart', 'T0STANDIN']);
  },
  { hasId: false, after: 'unknown' },
);

const botOf = (slack: SlackStandIn, timeoutMs = 20_000) =>
  createSlackBot({ token: slack.token, channel: slack.channel, apiUrl: `${slack.url}/api`, timeoutMs });

notifierSuite(
  'A Slack bot',
  async (timeoutMs) => {
    const slack = await startSlack();
    return opened(slack, botOf(slack, timeoutMs), [slack.token]);
  },
  { hasId: true, after: 'sent' },
);

describe('a Slack message', () => {
  it('shows foreign text without formatting and keeps entities whole', async ({ onTestFinished }) => {
    const slack = await startSlack();
    onTestFinished(() => slack.close());
    await botOf(slack).send({ key: 'k', notice: hostileNotice });
    const [message] = slack.messages;
    expect(message).toMatchObject({ unfurl_links: false, unfurl_media: false });
    const foreign = message?.blocks.filter((block) => JSON.stringify(block).includes('everyone'));
    expect(foreign).toMatchObject([{ text: { type: 'plain_text', emoji: false } }]);
    expect(JSON.stringify(foreign)).toContain('&lt;!everyone&gt; &amp;lt; reversed');
  });

  it('leaves out an address that is none of the web', async ({ onTestFinished }) => {
    const slack = await startSlack();
    onTestFinished(() => slack.close());
    const link = { text: 'Issue #7', url: 'javascript:alert(1)' };
    await botOf(slack).send({ key: 'k', notice: { ...plainNotice, link } });
    expect(slack.problems).toEqual([]);
    expect(JSON.stringify(slack.messages)).not.toContain('javascript');
  });
});

/** As many messages of other keys, later than the first. */
const othersLike = ({ messages }: SlackStandIn, count: number) =>
  Array.from({ length: count }, (_, index) =>
    messages.slice(0, 1).map((one) => ({ ...one, key: `other ${index}` })),
  ).flat();

describe('what a Slack bot is answered', () => {
  it.each([
    ['fatal_error', { status: 'lost' }],
    ['internal_error', { status: 'lost' }],
    ['ratelimited', { status: 'refused', again: true }],
    ['not_in_channel', { status: 'refused', again: false, reason: 'Slack answered not_in_channel' }],
  ])('is told apart: %s', async (error, expected) => {
    const slack = await startSlack();
    slack.error = error;
    expect(await botOf(slack).send({ key: 'k', notice: plainNotice })).toMatchObject(expected);
    await slack.close();
  });

  it('is a refusal when the token is wrong', async () => {
    const slack = await startSlack();
    const bot = createSlackBot({ token: 'xoxb-other', channel: slack.channel, apiUrl: `${slack.url}/api` });
    expect(await bot.send({ key: 'k', notice: plainNotice })).toMatchObject({
      status: 'refused',
      again: false,
      reason: 'Slack answered invalid_auth',
    });
    await slack.close();
  });
});

describe('a Slack bot that looks for a message', () => {
  it('finds it by its key among many, pages back', async ({ onTestFinished }) => {
    const slack = await startSlack();
    onTestFinished(() => slack.close());
    const bot = botOf(slack);
    const sent = await bot.send({ key: 'wanted', notice: plainNotice });
    slack.messages.push(...othersLike(slack, 450));
    expect(await bot.find({ key: 'wanted' })).toEqual({ status: 'sent', id: sent.status === 'sent' ? sent.id : '' });
    expect(await bot.find({ key: 'never sent' })).toEqual({ status: 'send_again' });
  });

  it('does not know when it may not read the channel', async ({ onTestFinished }) => {
    const slack = await startSlack();
    onTestFinished(() => slack.close());
    slack.readable = false;
    expect(await botOf(slack).find({ key: 'k' })).toEqual({ status: 'unknown' });
  });

  it('does not know when there are more messages than it looks through', async ({ onTestFinished }) => {
    const slack = await startSlack();
    onTestFinished(() => slack.close());
    await botOf(slack).send({ key: 'first', notice: plainNotice });
    slack.messages.push(...othersLike(slack, 1200));
    expect(await botOf(slack).find({ key: 'first' })).toEqual({ status: 'unknown' });
  });
});
