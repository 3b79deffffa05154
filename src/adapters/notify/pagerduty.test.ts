import { describe, expect, it } from 'vitest';
import { notifierSuite, plainNotice } from '../../ports/notifier.testsuite.js';
import { createPagerDuty } from './pagerduty.js';
import { type PagerDutyStandIn, startPagerDuty } from './testing/pagerduty.js';

const channelOf = (stand: PagerDutyStandIn, timeoutMs = 20_000) =>
  createPagerDuty({ routingKey: stand.routingKey, apiUrl: stand.url, timeoutMs });

notifierSuite(
  'PagerDuty',
  async (timeoutMs) => {
    const stand = await startPagerDuty();
    return {
      notifier: channelOf(stand, timeoutMs),
      setMode: (mode) => (stand.mode = mode),
      stop: () => stand.close(),
      arrived: () => stand.events.map((event) => JSON.stringify(event)),
      problems: () => stand.problems,
      secrets: [stand.routingKey],
      close: () => stand.close(),
    };
  },
  { hasId: true, after: 'send_again' },
);

describe('PagerDuty', () => {
  it('makes one alert of a message that is sent again, and closes it under the same key', async ({
    onTestFinished,
  }) => {
    const stand = await startPagerDuty();
    onTestFinished(() => stand.close());
    const channel = channelOf(stand);
    stand.mode = 'lose';
    await channel.send({ key: 'run/state/1/x', notice: plainNotice });
    stand.mode = 'ok';
    const sent = await channel.send({ key: 'run/state/1/x', notice: plainNotice });
    expect(sent).toEqual({ status: 'sent', id: 'dandori/run/state/1/x', remark: null });
    expect(stand.events.map((event) => event.dedup_key)).toEqual(['dandori/run/state/1/x', 'dandori/run/state/1/x']);
    expect([...stand.open.keys()]).toEqual(['dandori/run/state/1/x']);
    expect(stand.events[1]?.payload).toMatchObject({ severity: 'error', class: 'training_failed', component: 'churn' });
    expect(await channel.resolve({ key: 'run/state/1/x' })).toMatchObject({ status: 'sent' });
    expect(stand.open.size).toBe(0);
    expect(stand.problems).toEqual([]);
  });
});
