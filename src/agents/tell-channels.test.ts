import { describe, expect, it } from 'vitest';
import { listNotifications } from '../capabilities/notification/list-notifications.js';
import { resolvePagerdutyAlerts } from '../capabilities/notification/resolve-pagerduty-alerts.js';
import {
  sendEmailNotification,
  sendPagerdutyNotification,
  sendSlackNotification,
} from '../capabilities/notification/send-to-channel.js';
import { detectIssue } from '../capabilities/github-integration/detect-issue.js';
import { fakePorts } from '../capabilities/testing/fake-ports.js';
import { requestOf, runOf } from '../capabilities/testing/fixtures.js';
import type { AllTools } from '../capabilities/index.js';
import type { NotificationChannel } from '../contracts/notification.js';
import type { ToolDefinition } from '../mcp/define-tool.js';
import type { ToolClient } from '../mcp/tool-client.js';
import type { Notifier, Notifiers } from '../ports/notifier.js';
import { createRedactor } from '../redact.js';
import { type News, silentLines, tellChannels, undelivered } from './tell-channels.js';

const tools: readonly ToolDefinition[] = [
  detectIssue,
  listNotifications,
  resolvePagerdutyAlerts,
  sendEmailNotification,
  sendPagerdutyNotification,
  sendSlackNotification,
];

/** Handlers without the checks around them: which state a run is in is no matter here. */
function contextWith(notifiers: Partial<Notifiers>) {
  const ports = { ...fakePorts(), notifiers: { slack: null, email: null, pagerduty: null, ...notifiers } };
  const called: string[] = [];
  const client = {
    async call(name: string, args: Record<string, unknown>) {
      called.push(name);
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) throw new Error(`no tool ${name}`);
      const parts = {
        dataRoots: [],
        signal: new AbortController().signal,
        progress: () => undefined,
        now: () => new Date(),
        redact: createRedactor(),
      };
      return tool.output.parse(await tool.handler(tool.input.parse(args), { ...parts, ports }));
    },
    close: async () => undefined,
  };
  return { run: runOf('NotifySuccess'), tools: client as ToolClient<AllTools>, called };
}

function notifierOf(send: Notifier['send']): Notifier & { resolve: Notifier['send'] } {
  return { send, find: async () => ({ status: 'unknown' }), target: () => 'there', resolve: send };
}

const works = notifierOf(async () => ({ status: 'sent', id: 'the id', remark: null }));
const newsTo = (channels: NotificationChannel[], change: Partial<News> = {}): News => ({
  request: { ...requestOf(), notify: { channels } },
  issue_number: 7,
  type: 'deployment_success',
  facts: {},
  ...change,
});

describe('tellChannels', () => {
  it('calls nothing for a request that names the issue alone', async () => {
    const context = contextWith({ slack: works });
    expect(await tellChannels(context, newsTo(['github_issue']))).toEqual([]);
    expect(await undelivered(context, newsTo(['github_issue']), [])).toEqual([]);
    expect(context.called).toEqual([]);
  });

  it('tells the others when one of them breaks, and has a line for that one', async () => {
    const breaks = notifierOf(async () => {
      throw new Error('a fault of our own');
    });
    const context = contextWith({ slack: breaks, email: works });
    const news = newsTo(['slack', 'email']);
    const told = await tellChannels(context, news);
    expect(told).toMatchObject([
      { channel: 'slack', notification_status: 'failed', failure_reason: 'a fault of our own' },
      { channel: 'email', notification_status: 'success', email_message_id: 'the id' },
    ]);
    expect(await undelivered(context, news, told)).toEqual(['Slack: not delivered (in service): a fault of our own']);
  });

  it.each([
    [true, ['resolve_pagerduty_alerts', 'send_pagerduty_notification'], 1],
    [false, ['resolve_pagerduty_alerts'], 0],
  ])(
    'opens an alert when somebody is needed (%s), and closes earlier ones in any case',
    async (needs_somebody, calls, count) => {
      const context = contextWith({ pagerduty: works });
      const told = await tellChannels(context, newsTo(['pagerduty'], { type: 'training_failed', needs_somebody }));
      expect(told).toHaveLength(count);
      expect(context.called.filter((name) => name.includes('pagerduty'))).toEqual(calls);
    },
  );
});

describe('an alert that cannot be closed', () => {
  it.each([
    ['en', 'PagerDuty: not delivered (in service): an alert stays open'],
    ['ja', 'PagerDuty: 送信できませんでした（デプロイ成功）: アラートを閉じられず、開いたままです'],
  ] as const)('is told in the language of the request: %s', async (language, line) => {
    const stuck = {
      ...works,
      resolve: notifierOf(async () => ({ status: 'refused', reason: 'no', again: false, retryAfterMs: null })).send,
    };
    const context = contextWith({ pagerduty: stuck });
    const { request } = newsTo(['pagerduty']);
    const news = newsTo(['pagerduty'], { request: { ...request, language } });
    const asked = { ...context, run: runOf('OptimizeWorkflow') };
    await tellChannels(asked, { ...news, type: 'optimization_proposal', needs_somebody: true });
    expect(await undelivered(context, news, await tellChannels(context, news))).toEqual([line]);
  });
});

describe('silentLines', () => {
  it('names the channels that lead nowhere', async () => {
    const { request } = newsTo(['github_issue', 'slack', 'email']);
    expect(await silentLines(contextWith({ slack: works }), request)).toEqual([
      'Email is named in notify.channels and is not set up here: nothing is sent there.',
    ]);
    expect(await silentLines(contextWith({}), { ...request, notify: { channels: ['github_issue'] } })).toEqual([]);
  });
});
