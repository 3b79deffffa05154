import { describe, expect, test } from 'vitest';
import type { IssueTracker, Permission, Reaction, TrackerEvent } from './issue-tracker.js';

/** What a tracker under test needs beside the port: the people's side of it. */
export interface IssueTrackerFixture {
  tracker: IssueTracker;
  /** Somebody reacts to a comment. */
  react(params: { commentId: string; content: Reaction['content']; user: string }): Promise<void>;
  /** Gives a person a permission. */
  permit(params: { user: string; permission: Permission }): Promise<void>;
}

async function allEvents(tracker: IssueTracker): Promise<TrackerEvent[]> {
  const events: TrackerEvent[] = [];
  for (;;) {
    const more = await tracker.listEvents({ cursor: events.at(-1)?.id ?? null });
    if (more.length === 0) return events;
    events.push(...more);
  }
}

const draft = { title: 'Train churn', body: 'task_type: classification', labels: ['mlops:train'], author: 'mia' };

/** What every issue tracker does alike. */
export function issueTrackerSuite(name: string, open: () => Promise<IssueTrackerFixture>): void {
  describe(`${name} as an issue tracker`, () => {
    test('keeps an issue as it was made, under a number of its own', async () => {
      const { tracker } = await open();
      const issue = await tracker.createIssue(draft);
      expect(issue).toMatchObject({ ...draft, state: 'open' });
      expect(await tracker.getIssue({ number: issue.number })).toEqual(issue);
      expect((await tracker.createIssue(draft)).number).not.toBe(issue.number);
      expect(Date.parse(issue.createdAt)).not.toBeNaN();
      expect(issue.url).not.toBe('');
    });

    test('keeps any text to the character', async () => {
      const { tracker } = await open();
      const body = 'a\r\nb\t"\' ; DROP TABLE issues; -- 日本語 😀 \u202E <script>';
      const { number } = await tracker.createIssue({ ...draft, title: body, body });
      await tracker.createComment({ issueNumber: number, body, author: 'ken' });
      expect((await tracker.getIssue({ number })).body).toBe(body);
      expect((await tracker.listComments({ issueNumber: number })).map((comment) => comment.body)).toEqual([body]);
    });

    test('changes only what is given', async () => {
      const { tracker } = await open();
      const { number } = await tracker.createIssue(draft);
      expect(await tracker.updateIssue({ number, labels: ['a', 'b'] })).toMatchObject({
        body: draft.body,
        labels: ['a', 'b'],
        state: 'open',
      });
      expect(await tracker.updateIssue({ number, body: 'new' })).toMatchObject({
        body: 'new',
        labels: ['a', 'b'],
        state: 'open',
      });
      expect(await tracker.updateIssue({ number, state: 'closed' })).toMatchObject({ body: 'new', state: 'closed' });
      expect(await tracker.updateIssue({ number, labels: [] })).toMatchObject({ labels: [], state: 'closed' });
    });

    test('lists the comments of an issue, oldest first, and says which are its own', async () => {
      const { tracker } = await open();
      const { number } = await tracker.createIssue(draft);
      const other = await tracker.createIssue(draft);
      await tracker.createComment({ issueNumber: other.number, body: 'elsewhere', author: 'ken' });
      await tracker.createComment({ issueNumber: number, body: 'first', author: 'ken' });
      await tracker.createComment({ issueNumber: number, body: 'second' });
      const comments = await tracker.listComments({ issueNumber: number });
      expect(comments.map(({ body, bySelf, edited, issueNumber }) => ({ body, bySelf, edited, issueNumber }))).toEqual([
        { body: 'first', bySelf: false, edited: false, issueNumber: number },
        { body: 'second', bySelf: true, edited: false, issueNumber: number },
      ]);
      expect(comments[0]?.author).toBe('ken');
    });

    test('says that a comment was edited', async () => {
      const { tracker } = await open();
      const { number } = await tracker.createIssue(draft);
      const { id } = await tracker.createComment({ issueNumber: number, body: 'looks fine', author: 'ken' });
      expect(await tracker.updateComment({ id, body: '/approve', actor: 'eve' })).toMatchObject({
        id,
        body: '/approve',
        edited: true,
        author: 'ken',
      });
      expect(await tracker.listComments({ issueNumber: number })).toMatchObject([{ body: '/approve', edited: true }]);
    });

    test('shows who reacted, once a sign', async () => {
      const { tracker, react } = await open();
      const { number } = await tracker.createIssue(draft);
      const { id } = await tracker.createComment({ issueNumber: number, body: 'proposal' });
      await react({ commentId: id, content: '+1', user: 'mia' });
      await react({ commentId: id, content: '+1', user: 'mia' });
      await react({ commentId: id, content: '-1', user: 'ken' });
      const [comment] = await tracker.listComments({ issueNumber: number });
      expect(comment?.reactions.map(({ content, user }) => `${user} ${content}`)).toEqual(['mia +1', 'ken -1']);
      expect(comment?.edited).toBe(false);
    });

    test('knows the permissions of people, and none of strangers', async () => {
      const { tracker, permit } = await open();
      await permit({ user: 'Mia', permission: 'write' });
      await permit({ user: 'ken', permission: 'admin' });
      await permit({ user: 'ken', permission: 'read' });
      expect(await tracker.getPermission({ user: 'mia' })).toBe('write');
      expect(await tracker.getPermission({ user: 'ken' })).toBe('read');
      expect(await tracker.getPermission({ user: 'stranger' })).toBe('none');
      expect(await tracker.getPermission({ user: '' })).toBe('none');
    });

    test('tells what happened in order, without its own writes', async () => {
      const { tracker, react } = await open();
      const { number } = await tracker.createIssue(draft);
      await tracker.updateIssue({ number, labels: ['mlops:train', 'mlops:running'] });
      const own = await tracker.createComment({ issueNumber: number, body: 'proposal' });
      await tracker.updateComment({ id: own.id, body: 'proposal, edited' });
      const said = await tracker.createComment({ issueNumber: number, body: '/status', author: 'ken' });
      await tracker.updateComment({ id: said.id, body: '/approve', actor: 'eve' });
      await react({ commentId: own.id, content: '+1', user: 'mia' });
      await tracker.updateIssue({ number, body: 'changed', actor: 'mia' });
      await tracker.updateIssue({ number, labels: ['mlops:train', 'urgent'], actor: 'ken' });
      const events = await allEvents(tracker);
      expect(events.map(({ kind, actor, commentId }) => [kind, actor, commentId])).toEqual([
        ['issue_opened', 'mia', null],
        ['comment_created', 'ken', said.id],
        ['comment_edited', 'eve', said.id],
        ['reaction_added', 'mia', own.id],
        ['issue_edited', 'mia', null],
        ['issue_labeled', 'ken', null],
      ]);
      expect(events.map(({ labels }) => labels)).toEqual([[], [], [], [], [], ['urgent']]);
      expect(events.every((event) => event.issueNumber === number)).toBe(true);
      expect(await tracker.listEvents({ cursor: events.at(-1)?.id ?? null })).toEqual([]);
      expect(await tracker.listEvents({ cursor: events[1]?.id ?? null })).toEqual(events.slice(2));
    });

    test('answers at most 100 events at once, and loses none', async () => {
      const { tracker } = await open();
      const { number } = await tracker.createIssue(draft);
      for (let i = 0; i < 120; i += 1)
        await tracker.createComment({ issueNumber: number, body: `${i}`, author: 'ken' });
      expect((await tracker.listEvents({ cursor: null })).length).toBeLessThanOrEqual(100);
      const events = await allEvents(tracker);
      expect(events).toHaveLength(121);
      expect(new Set(events.map((event) => event.id)).size).toBe(121);
    });

    test('says not_found for what is not there', async () => {
      const { tracker } = await open();
      await expect(tracker.getIssue({ number: 999 })).rejects.toMatchObject({ code: 'not_found' });
      await expect(tracker.updateIssue({ number: 999, body: 'x' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(tracker.createComment({ issueNumber: 999, body: 'x' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(tracker.listComments({ issueNumber: 999 })).rejects.toMatchObject({ code: 'not_found' });
      await expect(tracker.updateComment({ id: '999', body: 'x' })).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
