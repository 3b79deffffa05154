import { describe, expect, it } from 'vitest';
import type { AlertNotifier, Delivery } from '../ports/notifier.js';
import { testChannels } from './test-channels.js';

const sent: Delivery = { status: 'sent', id: '7', remark: null };
const lost: Delivery = { status: 'lost', reason: 'no answer' };
const refused: Delivery = { status: 'refused', reason: 'no such key', again: false, retryAfterMs: null };

function pagerDutyOf(answer: Delivery, closing: Delivery): AlertNotifier {
  return {
    send: async () => answer,
    find: async () => ({ status: 'send_again' }),
    target: () => 'there',
    resolve: async () => closing,
  };
}

describe('testChannels', () => {
  it.each([
    { what: 'closed its alert', answer: sent, closing: sent, reason: null },
    { what: 'may have left its alert open', answer: sent, closing: lost, reason: 'an alert may stay open: no answer' },
    { what: 'closed what it perhaps opened', answer: lost, closing: sent, reason: 'no answer' },
    {
      what: 'may have left open what it perhaps opened',
      answer: lost,
      closing: refused,
      reason: 'no answer; an alert may stay open: no such key',
    },
    { what: 'opened nothing', answer: refused, closing: refused, reason: 'no such key' },
  ])('tells of a trial that $what', async ({ answer, closing, reason }) => {
    const notifiers = { slack: null, email: null, pagerduty: pagerDutyOf(answer, closing) };
    expect(await testChannels(notifiers, null)).toEqual([
      { channel: 'pagerduty', target: 'there', status: answer.status, id: answer === sent ? '7' : null, reason },
    ]);
  });
});
