import { describe, expect, it } from 'vitest';
import { createEmail } from '../../adapters/notify/email.js';
import { createPagerDuty } from '../../adapters/notify/pagerduty.js';
import { createSlackBot } from '../../adapters/notify/slack-bot.js';
import { createSlackWebhook } from '../../adapters/notify/slack-webhook.js';
import { startPagerDuty } from '../../adapters/notify/testing/pagerduty.js';
import { startSlack } from '../../adapters/notify/testing/slack.js';
import { startSmtp } from '../../adapters/notify/testing/smtp.js';
import type { Notifiers } from '../../ports/notifier.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { runOf } from '../testing/fixtures.js';
import { sendEmailNotification, sendPagerdutyNotification, sendSlackNotification } from './send-to-channel.js';

const none: Notifiers = { slack: null, email: null, pagerduty: null };
const input = {
  run: runOf('NotifyFailure'),
  issue_number: 7,
  url: null,
  notification_type: 'training_failed' as const,
  language: 'en' as const,
  facts: { model_name: 'churn' },
  message: null,
};

/** Sends, dies between the effect and its record, and is asked to send again by the process that comes after. */
async function killedWhileSending(
  notifiers: Notifiers,
  tool: typeof sendSlackNotification | typeof sendEmailNotification | typeof sendPagerdutyNotification,
) {
  const ports = { ...fakePorts(), notifiers };
  ports.effects.crashNextComplete();
  await expect(tool.handler(input, fakeContext(ports))).rejects.toThrow(/killed/);
  return tool.handler(input, fakeContext(ports));
}

describe('a process that is killed between sending and writing it down', () => {
  it('sends no second mail', async () => {
    const smtp = await startSmtp({ starttls: false });
    const mail = { host: '127.0.0.1', port: smtp.port, tls: 'off' as const, auth: null };
    const email = createEmail({ ...mail, from: 'dandori@ml.example', to: ['ops@example.com'] });
    expect(await killedWhileSending({ ...none, email }, sendEmailNotification)).toMatchObject({
      notification_status: 'unknown',
      failure_reason: expect.stringContaining('stopped while it was being sent'),
    });
    expect(smtp.mails).toHaveLength(1);
    await smtp.close();
  });

  it('posts no second message by a webhook', async () => {
    const stand = await startSlack();
    const slack = createSlackWebhook({ url: stand.webhookUrl });
    expect(await killedWhileSending({ ...none, slack }, sendSlackNotification)).toMatchObject({
      notification_status: 'unknown',
    });
    expect(stand.messages).toHaveLength(1);
    await stand.close();
  });

  it.each([
    [true, { notification_status: 'success', slack_message_ts: '1700000000.000100' }],
    [false, { notification_status: 'unknown', slack_message_ts: null }],
  ])('finds the message of its bot where it may read the channel: %s', async (readable, expected) => {
    const stand = await startSlack();
    stand.readable = readable;
    const slack = createSlackBot({ token: stand.token, channel: stand.channel, apiUrl: `${stand.url}/api` });
    expect(await killedWhileSending({ ...none, slack }, sendSlackNotification)).toMatchObject(expected);
    expect(stand.messages).toHaveLength(1);
    await stand.close();
  });

  it('repeats an event for PagerDuty under the same key, which is one alert', async () => {
    const stand = await startPagerDuty();
    const pagerduty = createPagerDuty({ routingKey: stand.routingKey, apiUrl: stand.url });
    const key = `dandori/${input.run.training_id}/NotifyFailure/1/notify_pagerduty_training_failed`;
    expect(await killedWhileSending({ ...none, pagerduty }, sendPagerdutyNotification)).toMatchObject({
      notification_status: 'success',
      pagerduty_dedup_key: key,
    });
    expect(stand.events.map((event) => event.dedup_key)).toEqual([key, key]);
    expect(stand.open.size).toBe(1);
    await stand.close();
  });
});
