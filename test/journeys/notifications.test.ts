import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PagerDutyStandIn, startPagerDuty } from '../../src/adapters/notify/testing/pagerduty.js';
import { type SlackStandIn, startSlack } from '../../src/adapters/notify/testing/slack.js';
import { type SmtpStandIn, startSmtp } from '../../src/adapters/notify/testing/smtp.js';
import type { NotifyConfig } from '../../src/config.js';
import { ChildWorld } from './child-world.js';
import type { RequestFields } from './rows.js';
import { startWorld, type StoryWorld } from './start-world.js';
import { eventually, owner, type World } from './world.js';

const channels = ['github_issue', 'slack', 'email', 'pagerduty'];
const mails = { from: 'Dandori <dandori@ml.example>', to: ['ops@example.com'] };

let slack: SlackStandIn;
let smtp: SmtpStandIn;
let pagerDuty: PagerDutyStandIn;

async function startStandIns(): Promise<void> {
  [slack, smtp, pagerDuty] = await Promise.all([startSlack(), startSmtp({ starttls: false }), startPagerDuty()]);
}

async function stopStandIns(): Promise<void> {
  await Promise.all([slack.close(), smtp.close(), pagerDuty.close()]);
}

const email = (): NotifyConfig['email'] => ({ host: '127.0.0.1', port: smtp.port, tls: 'off', auth: null, ...mails });
const bot = () => ({ kind: 'bot' as const, token: slack.token, channel: slack.channel, apiUrl: `${slack.url}/api` });

/** Kinds of the mails that arrived, by their Message-ID. */
const mailKinds = (): string[] =>
  smtp.mails.map(({ raw }) => /Message-ID:\s*<[^>]*notify_email_(\w+)@ml\.example>/i.exec(raw)?.[1] ?? 'none');
const slackTitles = (): string[] => slack.messages.map(({ text }) => text.replace(/:[^:]*$/, ''));

async function approve(world: World, issue: number): Promise<void> {
  await world.waiting(issue);
  await world.people.comment(issue, '/approve', owner);
}

const ask = (world: World, change: RequestFields = {}) => world.ask({ notify: { channels }, ...change });

describe('a run whose request names every channel', () => {
  let world: StoryWorld;
  beforeAll(async () => {
    await startStandIns();
    const pagerduty = { routingKey: pagerDuty.routingKey, apiUrl: pagerDuty.url };
    world = await startWorld('told', { notify: { slack: bot(), email: email(), pagerduty } });
  });
  afterAll(async () => {
    await world.stop();
    await stopStandIns();
  });

  it('tells each what happens when it happens, and the ids that came back', { timeout: 120_000 }, async () => {
    const issue = await ask(world);
    await world.waiting(issue);
    expect(slackTitles()).toEqual(['📋 Proposal']);
    expect(mailKinds()).toEqual(['optimization_proposal']);
    expect([...pagerDuty.open.values()].map(({ payload }) => payload?.severity)).toEqual(['info']);
    await approve(world, issue);
    const run = await world.inService(issue);
    expect(slackTitles()).toEqual(['📋 Proposal', '✅ Training succeeded', '🚀 In service']);
    expect(mailKinds()).toEqual(['optimization_proposal', 'training_success', 'deployment_success']);
    expect(pagerDuty.open.size).toBe(0);
    expect(run.data['notification']).toMatchObject({
      notification_status: 'success',
      slack_message_ts: slack.messages[2]?.ts,
      email_message_id: `<${run.training_id}.NotifySuccess.1.notify_email_deployment_success@ml.example>`,
    });
    expect(await world.lastSaid(issue)).not.toContain('Not everything worked');
    const { file_path: path } = run.data['history'] as { file_path: string };
    const record = await world.record(path);
    expect(record).toContain('- Email: delivered (proposal, training succeeded).');
    expect([...slack.problems, ...pagerDuty.problems]).toEqual([]);
  });

  it(
    'asks the operator there too, in the language of the request, and closes the alert when a person ends it',
    { timeout: 120_000 },
    async () => {
      const before = slack.messages.length;
      const issue = await ask(world, {
        hyperparameters: { C: 0.000001 },
        evaluation_threshold: 0.85,
        language: 'ja',
        model_name: 'weak',
      });
      await approve(world, issue);
      await world.waiting(issue, 'WaitForOperatorInput');
      expect(slackTitles().slice(before)).toEqual(['📋 最適化提案', '🔁 再学習が必要です']);
      expect([...pagerDuty.open.values()].map(({ payload }) => payload?.class)).toEqual(['retrain_required']);
      await world.people.comment(issue, '/cancel', owner);
      const run = await world.ended(issue);
      expect(slackTitles().at(-1)).toBe('❌ 学習失敗');
      expect(pagerDuty.open.size).toBe(0);
      expect(run.data['notification']).toMatchObject({ notification_status: 'success', pagerduty_dedup_key: null });
    },
  );

  it('opens an alert for a failure, which stays until a person closes it', { timeout: 120_000 }, async () => {
    const change = { hyperparameters: { C: 0.000001 }, evaluation_threshold: 0.85, max_retry: 0, model_name: 'weaker' };
    const issue = await ask(world, { ...change, workflow_optimization: { auto_approve: true } });
    const run = await world.ended(issue);
    const [[key, alert] = []] = [...pagerDuty.open];
    expect(key).toBe(`dandori/${run.training_id}/NotifyFailure/1/notify_pagerduty_training_failed`);
    expect(alert?.payload).toMatchObject({ severity: 'error', component: 'weaker' });
    expect(run.data['notification']).toMatchObject({ notification_status: 'success', pagerduty_dedup_key: key });
  });
});

/** As in service, in a hundredth of the time. */
const patience = { tries: 4, firstPauseMs: 10, budgetMs: 20_000, settleMs: 20 };

describe('channels that fail', () => {
  let world: StoryWorld;
  beforeAll(async () => {
    await startStandIns();
    await pagerDuty.close();
    const notify: NotifyConfig = {
      slack: { kind: 'webhook', url: slack.webhookUrl },
      email: email(),
      pagerduty: { routingKey: pagerDuty.routingKey, apiUrl: pagerDuty.url },
    };
    world = await startWorld('deaf', { notify }, { patience });
  });
  afterAll(async () => {
    await world.stop();
    await Promise.all([slack.close(), smtp.close()]);
  });

  it('stop no run: one that is dead and one whose answers are lost are a line each', { timeout: 120_000 }, async () => {
    slack.mode = 'lose';
    const issue = await ask(world);
    await approve(world, issue);
    await world.heard(issue, /⚠️ Slack: perhaps not delivered \(proposal\)/);
    const run = await world.inService(issue);
    expect(slackTitles()).toEqual(['📋 Proposal', '✅ Training succeeded', '🚀 In service']);
    expect(mailKinds()).toEqual(['optimization_proposal', 'training_success', 'deployment_success']);
    expect(run.data['notification']).toMatchObject({ notification_status: 'partial', slack_message_ts: null });
    const result = await world.lastSaid(issue);
    expect(result).toMatch(/Slack: perhaps not delivered \(proposal, training succeeded, in service\); not sent again/);
    expect(result).toMatch(/PagerDuty: not delivered \(proposal\): PagerDuty cannot be reached/);
    expect(result).not.toContain('Email:');
    const { file_path: path } = run.data['history'] as { file_path: string };
    const record = await world.record(path);
    expect(record).toMatch(/## Notifications[^]*PagerDuty: not delivered/);
    expect(record).not.toContain(pagerDuty.routingKey);
  });
});

describe('a channel that is not set up', () => {
  it('is named in the proposal, and the run goes on', { timeout: 120_000 }, async () => {
    const world = await startWorld('unset', { notify: { slack: null, email: null, pagerduty: null } });
    try {
      const issue = await world.ask({ notify: { channels: ['slack'] } });
      await approve(world, issue);
      await world.heard(issue, /Slack is named in notify\.channels and is not set up here/);
      await world.in(issue, 'TrainModel');
      await world.people.comment(issue, '/cancel', owner);
      const run = await world.ended(issue);
      expect(run.data['notification']).toMatchObject({ notification_status: 'partial' });
    } finally {
      await world.stop();
    }
  });
});

describe('a server that is killed while it sends', () => {
  let world: ChildWorld;
  beforeAll(async () => {
    await startStandIns();
    world = await ChildWorld.start('cut-off', {
      DANDORI_SMTP_URL: `smtp://127.0.0.1:${smtp.port}?starttls=off`,
      DANDORI_EMAIL_FROM: mails.from,
      DANDORI_EMAIL_TO: mails.to.join(','),
      DANDORI_PAGERDUTY_ROUTING_KEY: pagerDuty.routingKey,
      DANDORI_PAGERDUTY_URL: pagerDuty.url,
    });
  });
  afterAll(async () => {
    await world.stop();
    await stopStandIns();
  });

  it('sends no mail twice and says so, and makes one alert of both tries', { timeout: 120_000 }, async () => {
    [smtp.mode, pagerDuty.mode] = ['hang', 'hang'];
    const issue = await world.ask({ notify: { channels: ['email', 'pagerduty'] } });
    await eventually('both messages', async () => (smtp.mails.length > 0 && pagerDuty.events.length > 0 ? true : null));
    await world.kill();
    [smtp.mode, pagerDuty.mode] = ['ok', 'ok'];
    await world.up();
    await world.waiting(issue);
    expect(mailKinds()).toEqual(['optimization_proposal']);
    expect(new Set(pagerDuty.events.map((event) => event.dedup_key)).size).toBe(1);
    expect(pagerDuty.events.length).toBeGreaterThanOrEqual(2);
    expect(pagerDuty.open.size).toBe(1);
    await world.heard(issue, /⚠️ Email: perhaps not delivered \(proposal\)/);
    await world.people.comment(issue, '/approve', owner);
    const run = await world.inService(issue);
    expect(await world.lastSaid(issue)).toMatch(/Email: perhaps not delivered \(proposal\)/);
    expect(run.data['notification']).toMatchObject({ notification_status: 'success' });
    expect(pagerDuty.open.size).toBe(0);
  });
});
