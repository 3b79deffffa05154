import { describe, expect, test } from 'vitest';
import type { IssueTracker } from '../../ports/issue-tracker.js';
import { issueTrackerSuite, type IssueTrackerFixture } from '../../ports/issue-tracker.testsuite.js';
import { fixtures } from '../../../test/fake-github/fixtures.js';
import type { Fixture } from '../../../test/fake-github/open-fixture.js';

/** People act on GitHub itself; what Dandori hears comes by `hear`. */
function withPeople(
  { fake: github, github: { issues: tracker }, watch }: Fixture,
  hear: () => Promise<void>,
): IssueTrackerFixture {
  const done = async <T>(value: T): Promise<T> => {
    await hear();
    return value;
  };
  return {
    tracker: {
      ...bound(tracker),
      createIssue: async ({ author, ...draft }) => {
        const { number } = await done(github.asUser(author).openIssue(draft));
        return tracker.getIssue({ number });
      },
      updateIssue: async (params) => {
        const { number, actor, labels, body, state } = params;
        if (actor === undefined) return tracker.updateIssue(params);
        await tracker.getIssue({ number });
        if (labels !== undefined) github.asUser(actor).setLabels(number, labels);
        const change = { ...(body === undefined ? {} : { body }), ...(state === undefined ? {} : { state }) };
        if (Object.keys(change).length > 0) github.asUser(actor).editIssue(number, change);
        await hear();
        return tracker.getIssue({ number });
      },
      createComment: async (params) => {
        const { author, issueNumber, body } = params;
        if (author === undefined) return tracker.createComment(params);
        const { id, createdAt } = await done(github.asUser(author).comment(issueNumber, body));
        const said = { id: String(id), issueNumber, body, author, bySelf: false, createdAt, updatedAt: createdAt };
        return { ...said, edited: false, reactions: [], url: '' };
      },
      updateComment: async (params) => {
        if (params.actor === undefined) return tracker.updateComment(params);
        const { issueNumber } = await done(github.asUser(params.actor).editComment(params.id, params.body));
        return find(tracker, issueNumber, params.id);
      },
    },
    react: async ({ commentId, content, user }) => {
      watch(commentId);
      github.asUser(user).react(commentId, content);
      await hear();
    },
    permit: async ({ user, permission }) => github.permit(user, permission),
  };
}

function bound(tracker: IssueTracker): IssueTracker {
  const { createIssue, getIssue, updateIssue, createComment, updateComment, listComments, getPermission, listEvents } =
    tracker;
  return { createIssue, getIssue, updateIssue, createComment, updateComment, listComments, getPermission, listEvents };
}

async function find(tracker: IssueTracker, issueNumber: number, id: string) {
  const comment = (await tracker.listComments({ issueNumber })).find((one) => one.id === id);
  if (comment === undefined) throw new Error(`no comment ${id}`);
  return comment;
}

const fixture = fixtures();

describe('with webhooks', () => {
  issueTrackerSuite('GitHub', async () => {
    const made = await fixture({ webhooks: true });
    return withPeople(made, async () => {
      await made.fake.webhooks.settled();
      await made.github.poller.poll();
    });
  });
});

describe('with polling only', () => {
  issueTrackerSuite('GitHub', async () => {
    const made = await fixture({ polls: true });
    await made.github.poller.poll();
    return withPeople(made, () => made.github.poller.poll());
  });
});

describe('with people at the command line', () => {
  issueTrackerSuite('GitHub under an App', async () => {
    const { fake, github, watch } = await fixture({ webhooks: true, app: true });
    return {
      tracker: github.issues,
      react: async ({ commentId, content, user }) => {
        watch(commentId);
        fake.asUser(user).react(commentId, content);
        await github.poller.poll();
      },
      permit: async ({ user, permission }) => fake.permit(user, permission),
    };
  });
});

describe('with more to write than GitHub takes', () => {
  const one = { result: 1, answer: 1, status: 1 };

  test('tells a caller at once that a comment will come later', async () => {
    // Whoever sleeps on this clock sleeps until it is woken.
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    const clock = { nowMs: () => Date.now(), sleep };
    const { fake, github } = await fixture({ windows: [{ ms: 60_000, most: one }], clock });
    const { number: issueNumber } = fake.asUser('mia').openIssue({ body: 'x' });
    const written = await github.issues.createComment({ issueNumber, body: 'first' });
    const later = await github.issues.createComment({ issueNumber, body: 'second' });
    const labelled = await github.issues.updateIssue({ number: issueNumber, labels: ['mlops:running'] });
    expect([written.id, later.id]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^queued-/)]);
    expect(labelled.labels).toEqual(['mlops:running']);
    expect(fake.commentsOf(issueNumber)).toHaveLength(1);
  });
});
