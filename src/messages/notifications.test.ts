import { describe, expect, it } from 'vitest';
import { notificationLines, type ToldNotification } from './notifications.js';

const told = (
  channel: ToldNotification['channel'],
  notification_type: string,
  status: string,
  reason: string | null = null,
): ToldNotification => ({ channel, notification_type, status, reason });

const all = [
  told('pagerduty', 'optimization_proposal', 'failed', 'no route'),
  told('slack', 'optimization_proposal', 'unknown', 'no answer'),
  told('slack', 'training_success', 'unknown', 'no answer at all'),
  told('slack', 'deployment_success', 'success'),
  told('email', 'optimization_proposal', 'success', 'one address was refused'),
  told('email', 'deployment_success', 'pending'),
];

describe('notificationLines', () => {
  it('says nothing when everything arrived', () => {
    expect(notificationLines([told('slack', 'deployment_success', 'success')], 'en')).toEqual([]);
    expect(notificationLines([], 'ja', { all: true })).toEqual([]);
  });

  it('has one line for each channel and outcome, with the last reason', () => {
    expect(notificationLines(all, 'en')).toEqual([
      'Slack: perhaps not delivered (proposal, training succeeded); not sent again, so that nobody gets it twice: no answer at all',
      'Email: delivered (proposal), but one address was refused',
      'PagerDuty: not delivered (proposal): no route',
    ]);
  });

  it('tells what arrived too where all is asked for', () => {
    expect(notificationLines(all, 'en', { all: true })[0]).toBe('Slack: delivered (in service).');
    expect(notificationLines(all, 'ja', { all: true })[0]).toBe('Slack: 送信済み（デプロイ成功）');
  });

  it.each([
    ['en', 'Email is named in notify.channels and is not set up here: nothing is sent there.'],
    ['ja', 'メール は notify.channels に指定されていますが、この環境では設定されていないため送信しません。'],
  ] as const)('names a channel that is not set up once: %s', (language, line) => {
    const twice = ['optimization_proposal', 'deployment_success'].map((type) => told('email', type, 'not_set_up', 'x'));
    expect(notificationLines(twice, language)).toEqual([line]);
  });
});
