import { describe, expect, it } from 'vitest';
import type { AlertNotifier, Delivery, Notice, Search } from '../../ports/notifier.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { runOf } from '../testing/fixtures.js';
import { catalogue, notificationTypes } from './catalogue.js';
import { listNotifications } from './list-notifications.js';
import { deliver, type DeliverParts, patience } from './logic/deliver.js';
import { sentNotifications } from './logic/sent-notifications.js';
import { noticeOf, testNotice } from './notice.js';
import { resolvePagerdutyAlerts } from './resolve-pagerduty-alerts.js';
import { sendEmailNotification, sendPagerdutyNotification, sendSlackNotification } from './send-to-channel.js';

const sent = (id: string | null): Delivery => ({ status: 'sent', id, remark: null });
const lost: Delivery = { status: 'lost', reason: 'no answer' };
const busy = (retryAfterMs: number | null = null): Delivery => ({
  status: 'refused',
  reason: 'busy',
  again: true,
  retryAfterMs,
});
const no: Delivery = { status: 'refused', reason: 'no such channel', again: false, retryAfterMs: null };

/** A message whose tries go as told, one after the other; keeps what it was asked. */
function messageOf(tries: readonly Delivery[], found: Search = { status: 'unknown' }) {
  const keys: string[] = [];
  return {
    keys,
    send: async (key: string) => {
      keys.push(key);
      return tries[keys.length - 1] ?? no;
    },
    find: async () => found,
  };
}

/** Parts whose time passes only in pauses, which are kept. */
function partsOf(journal = fakePorts().effects) {
  const pauses: number[] = [];
  let now = 0;
  const parts: DeliverParts = {
    journal,
    signal: new AbortController().signal,
    nowMs: () => now,
    pause: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
  };
  return { parts, pauses, journal };
}

describe('deliver', () => {
  it('sends once and answers the same afterwards', async () => {
    const { parts } = partsOf();
    const message = messageOf([sent('7')]);
    expect(await deliver('k', message, parts)).toEqual({ status: 'success', id: '7', reason: null });
    expect(await deliver('k', message, parts)).toEqual({ status: 'success', id: '7', reason: null });
    expect(message.keys).toEqual(['k']);
  });

  it('tries a refusal that passes again, each pause three times as long', async () => {
    const { parts, pauses } = partsOf();
    const message = messageOf([busy(), busy(), sent('7')]);
    expect(await deliver('k', message, parts)).toMatchObject({ status: 'success' });
    expect(pauses).toEqual([1_000, 3_000]);
  });

  it('waits as long as the other side asks for', async () => {
    const { parts, pauses } = partsOf();
    await deliver('k', messageOf([busy(12_000), sent('7')]), parts);
    expect(pauses).toEqual([12_000]);
  });

  it.each([
    ['for good', [no], 1],
    ['too often', [busy(), busy(), busy(), busy(), sent('7')], patience.tries],
    ['and asks for more time than there is', [busy(31_000), sent('7')], 1],
  ] as const)('gives up what is refused %s', async (_, tries, count) => {
    const message = messageOf(tries);
    expect(await deliver('k', message, partsOf().parts)).toMatchObject({ status: 'failed', id: null });
    expect(message.keys).toHaveLength(count);
  });

  it('tries anew under another key after a failure, and keeps the record of that', async () => {
    const { parts, journal } = partsOf();
    await deliver('k', messageOf([no]), parts);
    const again = messageOf([sent('7')]);
    expect(await deliver('k', again, parts)).toMatchObject({ status: 'success' });
    expect(again.keys).toEqual(['k/2']);
    expect((await journal.list({ prefix: 'k' })).map(({ key }) => key)).toEqual(['k', 'k/2']);
  });

  it.each([
    ['is not sent again where nobody can be asked', { status: 'unknown' }, 'unknown', 1],
    ['is found', { status: 'sent', id: '7' }, 'success', 1],
    ['is sent again where that does no harm', { status: 'send_again' }, 'success', 2],
  ] as const)('what was lost %s', async (_, found, status, count) => {
    const message = messageOf([lost, sent('8')], found);
    expect(await deliver('k', message, partsOf().parts)).toMatchObject({ status });
    expect(message.keys).toEqual(Array.from({ length: count }, () => 'k'));
  });

  it.each([
    ['is not sent again where nobody can be asked', { status: 'unknown' }, 'unknown', 0],
    ['is found', { status: 'sent', id: '7' }, 'success', 0],
    ['is sent again under the same key where that does no harm', { status: 'send_again' }, 'success', 1],
  ] as const)('what a death cut off %s', async (_, found, status, count) => {
    const { parts, journal } = partsOf();
    await journal.intend({ key: 'k' });
    const message = messageOf([sent('8')], found);
    expect(await deliver('k', message, parts)).toMatchObject({ status });
    expect(await journal.find({ key: 'k' })).toMatchObject({ status: 'done', result: { status } });
    expect(message.keys).toEqual(Array.from({ length: count }, () => 'k'));
  });

  it.each([
    ['en', /^Dandori was stopped/],
    ['ja', /Dandori が停止しました/],
  ] as const)('says in the language of the run that a death cut it off: %s', async (language, reason) => {
    const { parts, journal } = partsOf();
    await journal.intend({ key: 'k' });
    const answer = await deliver('k', messageOf([]), { ...parts, language });
    expect(answer).toMatchObject({ status: 'unknown', reason: expect.stringMatching(reason) });
  });

  it('knows that nothing was sent when it is stopped between two tries', async () => {
    const { parts } = partsOf();
    const stop = new AbortController();
    const pause = async () => stop.abort();
    const answer = await deliver('k', messageOf([busy(), sent('7')]), { ...parts, pause, signal: stop.signal });
    expect(answer).toEqual({ status: 'failed', id: null, reason: 'busy' });
  });
});

describe('a notice', () => {
  const given = {
    language: 'en' as const,
    facts: { model_name: 'churn', value: 0.87654321, reason: null },
    message: null,
  };

  it.each(notificationTypes)('of %s has words of its own in both languages', (type) => {
    const [en, ja] = (['en', 'ja'] as const).map((language) =>
      noticeOf({ ...given, type, language, issueNumber: 7, url: 'https://tracker.example/7' }),
    );
    expect(en?.title).toBe(`${catalogue.en.templates[type].title}: churn`);
    expect(ja?.lead).toBe(catalogue.ja.templates[type].lead);
    expect(ja?.lead).not.toBe(en?.lead);
    expect(en?.facts).toEqual([
      { label: 'Model', value: 'churn' },
      { label: 'Value', value: '0.8765' },
    ]);
    expect(en?.link).toEqual({ text: 'Issue #7', url: 'https://tracker.example/7' });
  });

  it('holds foreign text on one line, without what cannot be seen', () => {
    const facts = { reason: 'a\r\nBcc: b\u202E\u200B' };
    const { facts: shown, message } = noticeOf({
      ...given,
      type: 'training_failed',
      facts,
      message: 'x\ny',
      issueNumber: null,
      url: null,
    });
    expect(shown).toEqual([{ label: 'Reason', value: 'a Bcc: b' }]);
    expect(message).toBe('x y');
  });

  it('names the command where the issue has no page', () => {
    const { link } = noticeOf({ ...given, type: 'training_failed', issueNumber: 7, url: 'local://issues/7' });
    expect(link).toEqual({ text: 'Issue #7: npx dandori show 7', url: null });
  });

  it('that tries out a channel says that nothing is to be done', () => {
    expect(testNotice('en').lead).toContain('Nothing is to be done');
    expect(testNotice('ja').lead).toContain('対応は不要');
  });
});

function notifierOf(answer: Delivery): AlertNotifier & { notices: Notice[]; resolved: string[] } {
  const notices: Notice[] = [];
  const resolved: string[] = [];
  return {
    notices,
    resolved,
    async send({ notice }) {
      notices.push(notice);
      return answer;
    },
    find: async () => ({ status: 'unknown' }),
    target: () => 'a place',
    async resolve({ key }) {
      resolved.push(key);
      return sent(key);
    },
  };
}

const run = runOf('NotifyFailure');
const input = {
  run,
  issue_number: 7,
  url: null,
  notification_type: 'training_failed' as const,
  language: 'en' as const,
  facts: { model_name: 'churn', reason: 'no rows' },
  message: null,
};
const tools = [
  ['slack', sendSlackNotification, 'slack_message_ts'],
  ['email', sendEmailNotification, 'email_message_id'],
  ['pagerduty', sendPagerdutyNotification, 'pagerduty_dedup_key'],
] as const;

describe.each(tools)('the tool for %s', (channel, tool, field) => {
  it('sends once and answers the id of what was sent', async () => {
    const notifier = notifierOf(sent('the id'));
    const ports = { ...fakePorts(), notifiers: { slack: null, email: null, pagerduty: null, [channel]: notifier } };
    const answers = [await tool.handler(input, fakeContext(ports)), await tool.handler(input, fakeContext(ports))];
    for (const answer of answers) {
      expect(tool.output.parse(answer)).toMatchObject({ notification_status: 'success', [field]: 'the id' });
    }
    expect(notifier.notices).toHaveLength(1);
    expect(notifier.notices[0]).toMatchObject({ severity: 'error', subject: 'churn' });
  });

  it('answers what the channel said when it refuses', async () => {
    const ports = {
      ...fakePorts(),
      notifiers: { slack: null, email: null, pagerduty: null, [channel]: notifierOf(no) },
    };
    expect(await tool.handler(input, fakeContext(ports))).toMatchObject({
      notification_status: 'failed',
      failure_reason: 'no such channel',
      [field]: null,
    });
  });

  it('tries as often as this installation has patience', async () => {
    const notifier = notifierOf(busy());
    const patience = { tries: 3, firstPauseMs: 1, budgetMs: 10_000, settleMs: 1 };
    const notifiers = { slack: null, email: null, pagerduty: null, [channel]: notifier, patience };
    const answer = await tool.handler(input, fakeContext({ ...fakePorts(), notifiers }));
    expect(answer).toMatchObject({ notification_status: 'failed', failure_reason: 'busy' });
    expect(notifier.notices).toHaveLength(3);
  });

  it('says how to set up a channel that is not, and sends when it is', async () => {
    const ports = fakePorts();
    expect(await tool.handler(input, fakeContext(ports))).toMatchObject({
      notification_status: 'failed',
      failure_reason: expect.stringContaining('set DANDORI_'),
    });
    expect(await sentNotifications(ports.effects, run.training_id)).toMatchObject([{ channel, status: 'not_set_up' }]);
    const later = { ...ports, notifiers: { ...ports.notifiers, [channel]: notifierOf(sent('x')) } };
    expect(await tool.handler(input, fakeContext(later))).toMatchObject({ notification_status: 'success' });
    expect(await sentNotifications(ports.effects, run.training_id)).toMatchObject([{ channel, status: 'success' }]);
  });
});

describe('resolve_pagerduty_alerts', () => {
  it('closes what earlier states opened, once, and leaves what this state opened', async () => {
    const pagerduty = notifierOf(sent('x'));
    const context = fakeContext({ ...fakePorts(), notifiers: { slack: null, email: null, pagerduty } });
    const asked = runOf('OptimizeWorkflow');
    await sendPagerdutyNotification.handler(
      { ...input, run: asked, notification_type: 'optimization_proposal' },
      context,
    );
    await sendPagerdutyNotification.handler(input, context);
    expect(await resolvePagerdutyAlerts.handler({ run }, context)).toEqual({ resolved: 1, left_open: 0 });
    expect(await resolvePagerdutyAlerts.handler({ run }, context)).toEqual({ resolved: 0, left_open: 0 });
    expect(pagerduty.resolved).toEqual([
      `${asked.training_id}/OptimizeWorkflow/1/notify_pagerduty_optimization_proposal`,
    ]);
  });
});

describe('list_notifications', () => {
  it('says which channels are set up, and what a run sent', async () => {
    const ports = { ...fakePorts(), notifiers: { slack: notifierOf(sent('1.2')), email: null, pagerduty: null } };
    await sendSlackNotification.handler(input, fakeContext(ports));
    await ports.effects.intend({ key: `${run.training_id}/NotifyFailure/1/notify_email_training_failed` });
    const answer = await listNotifications.handler({ training_id: run.training_id }, fakeContext(ports));
    expect(listNotifications.output.parse(answer)).toEqual({
      channels: [
        { channel: 'slack', set_up: true, detail: 'a place' },
        { channel: 'email', set_up: false, detail: expect.stringContaining('DANDORI_SMTP_URL') },
        { channel: 'pagerduty', set_up: false, detail: expect.stringContaining('ROUTING_KEY') },
      ],
      notifications: [
        {
          state: 'NotifyFailure',
          visit: 1,
          notification_type: 'training_failed',
          channel: 'slack',
          status: 'success',
          id: '1.2',
          reason: null,
        },
        {
          state: 'NotifyFailure',
          visit: 1,
          notification_type: 'training_failed',
          channel: 'email',
          status: 'pending',
          id: null,
          reason: null,
        },
      ],
    });
  });
});
