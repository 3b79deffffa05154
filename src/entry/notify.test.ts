import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PagerDutyStandIn, startPagerDuty } from '../adapters/notify/testing/pagerduty.js';
import { type SlackStandIn, startSlack } from '../adapters/notify/testing/slack.js';
import { type SmtpStandIn, startSmtp } from '../adapters/notify/testing/smtp.js';
import type { ChannelTest } from './api-types.js';
import { main } from './cli.js';
import { collect } from './testing/collect.js';
import { freshFolder } from './testing/state-dir.js';

const folder = freshFolder();
const dir = join(folder.path, 'state');
let slack: SlackStandIn;
let smtp: SmtpStandIn;
let pagerDuty: PagerDutyStandIn;

beforeAll(async () => {
  [slack, smtp, pagerDuty] = await Promise.all([startSlack(), startSmtp({ starttls: false }), startPagerDuty()]);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const one of [slack, smtp, pagerDuty]) one.mode = 'ok';
});
afterAll(async () => {
  await Promise.all([slack.close(), smtp.close(), pagerDuty.close()]);
  folder.remove();
});

async function notify(...args: string[]): Promise<{ code: number; out: string; note: string }> {
  const output = collect();
  const code = await main(['node', 'dandori', 'notify', ...args, '--dir', dir], output);
  return { code, out: output.results(), note: output.notes() };
}

function setUp(): void {
  vi.stubEnv('DANDORI_SLACK_WEBHOOK_URL', slack.webhookUrl);
  vi.stubEnv('DANDORI_SMTP_URL', `smtp://127.0.0.1:${smtp.port}?starttls=off`);
  vi.stubEnv('DANDORI_EMAIL_FROM', 'dandori@ml.example');
  vi.stubEnv('DANDORI_EMAIL_TO', 'ops@example.com');
  vi.stubEnv('DANDORI_PAGERDUTY_ROUTING_KEY', pagerDuty.routingKey);
  vi.stubEnv('DANDORI_PAGERDUTY_URL', pagerDuty.url);
}

describe('dandori notify', () => {
  it('says what sets up a channel that is not', async () => {
    const { code, out } = await notify();
    expect(code).toBe(0);
    expect(out).toMatch(/- slack: not set up; set DANDORI_SLACK_WEBHOOK_URL, or/);
    expect(out).toContain('docs/notifications.md');
  });

  it('says where the channels lead, and no secret', async () => {
    setUp();
    const { out } = await notify();
    expect(out).toMatch(/✔ email: email by 127\.0\.0\.1 to ops@example\.com\n✔ pagerduty: PagerDuty at 127/);
    expect(out).not.toMatch(/verysecret|R0STANDIN/);
  });

  it('--test sends one message to each, prints the ids and leaves no alert open', async () => {
    setUp();
    const { code, out } = await notify('--test', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out) as ChannelTest[]).toMatchObject([
      { channel: 'slack', status: 'sent', id: null },
      { channel: 'email', status: 'sent', id: expect.stringMatching(/^<test\.[\w-]+@ml\.example>$/) },
      { channel: 'pagerduty', status: 'sent', id: expect.stringMatching(/^dandori\/test\//) },
    ]);
    expect([slack.messages.length, smtp.mails.length, pagerDuty.open.size]).toEqual([1, 1, 0]);
    expect([...slack.problems, ...pagerDuty.problems]).toEqual([]);
  });

  it('--test says what a channel refused and ends with 1', async () => {
    setUp();
    [slack.mode, smtp.mode] = ['refuse', 'lose'];
    const { code, out } = await notify('--test');
    expect(code).toBe(1);
    expect(out).toMatch(/✘ slack: not delivered: Slack answered 404 no_service/);
    expect(out).toMatch(/✘ email: perhaps delivered: the mail server/);
    expect(out).toMatch(/✔ pagerduty: sent as dandori/);
  });

  it('--test tries one alone, and says how to set up one that is not', async () => {
    setUp();
    const before = smtp.mails.length;
    const { code, out } = await notify('--test', 'slack');
    expect([code, out.split('\n').length, smtp.mails.length]).toEqual([0, 1, before]);
    vi.unstubAllEnvs();
    const missing = await notify('--test', 'slack');
    expect(missing.code).toBe(1);
    expect(missing.note).toMatch(/The channel slack is not set up[^]*DANDORI_SLACK_WEBHOOK_URL/);
    expect(await notify('--test')).toMatchObject({ code: 1, out: expect.stringContaining('No channel is set up') });
  });

  it('names the channels that there are', async () => {
    expect(await notify('--test', 'fax')).toMatchObject({
      code: 2,
      note: expect.stringContaining('slack, email, pagerduty'),
    });
  });
});
