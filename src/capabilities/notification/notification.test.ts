import { describe, expect, it } from 'vitest';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { runOf } from '../testing/fixtures.js';
import { applyNotificationTemplate } from './apply-notification-template.js';
import { notificationTypes } from './catalogue.js';
import { sendGithubNotification } from './send-github-notification.js';

const run = runOf('NotifySuccess');
const input = {
  run,
  issue_number: 7,
  notification_type: 'deployment_success' as const,
  language: 'en' as const,
  facts: { model_name: 'churn', version: '1.0.0', value: 0.87654321, reason: null },
  message: null,
};

describe('apply_notification_template', () => {
  it.each(notificationTypes)('has its own text for %s in both languages', async (notification_type) => {
    const context = fakeContext(fakePorts());
    const texts = await Promise.all(
      (['en', 'ja'] as const).map((language) =>
        applyNotificationTemplate.handler(
          { notification_type, language, facts: { model_name: 'churn' }, message: 'done' },
          context,
        ),
      ),
    );
    expect(new Set(texts.map(({ body }) => body)).size).toBe(2);
    for (const { title, body } of texts) {
      expect(body).toContain(`## ${title}`);
      expect(body).toContain('`churn`');
      expect(body).toContain('done');
    }
  });

  it('shows only what is known, in a fixed order', async () => {
    const { body } = await applyNotificationTemplate.handler(input, fakeContext(fakePorts()));
    expect(body).toMatch(/- Model: `churn`\n- Version: 1\.0\.0\n- Value: 0\.8765\n$/);
  });

  it('escapes foreign text', async () => {
    const facts = { reason: '<script> @team\n# heading', url: '`x`' };
    const { body } = await applyNotificationTemplate.handler(
      { ...input, facts, message: '[a](b)' },
      fakeContext(fakePorts()),
    );
    expect(body.replaceAll(/\\./g, '')).not.toMatch(/<script>|@team|^# heading|\[a/m);
  });
});

describe('send_github_notification', () => {
  it('posts once, also after a crash before the record', async () => {
    const ports = fakePorts();
    const context = fakeContext(ports);
    ports.effects.crashNextComplete();
    await expect(sendGithubNotification.handler(input, context)).rejects.toThrow(/killed/);
    const answer = await sendGithubNotification.handler(input, context);
    expect(sendGithubNotification.output.parse(answer)).toMatchObject({
      notification_status: 'success',
      comment_id: '1',
    });
    expect(await sendGithubNotification.handler(input, context)).toEqual(answer);
    expect(ports.issues.comments).toHaveLength(1);
  });

  it('posts finished Markdown as it is', async () => {
    const ports = fakePorts();
    await sendGithubNotification.handler({ ...input, body: '## Done' }, fakeContext(ports));
    expect(ports.issues.comments[0]?.body).toMatch(/^<!-- dandori:.* -->\n## Done$/);
  });

  it('answers that the tracker is dead, and posts when it is back', async () => {
    const ports = fakePorts();
    const context = fakeContext(ports);
    ports.issues.fail = true;
    expect(await sendGithubNotification.handler(input, context)).toMatchObject({
      notification_status: 'failed',
      failure_reason: expect.stringContaining('does not answer'),
    });
    ports.issues.fail = false;
    expect(await sendGithubNotification.handler(input, context)).toMatchObject({ notification_status: 'success' });
    expect(ports.issues.comments).toHaveLength(1);
  });
});
