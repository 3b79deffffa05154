import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Comment, Permission } from '../ports/issue-tracker.js';
import { labelDocs, labels, statusLabels, withStatusLabel } from '../request/labels.js';
import { isBot, judgeApproval, judgePreApproval, mayAct, type ApprovalCase } from './policy.js';

const defaultPolicy = { minimum: 'write' as const, production_requires_second_person: true };

const hash = '0123456789abcdef'.repeat(4);
const comment: Comment = {
  id: '7',
  issueNumber: 1,
  body: '/approve',
  author: 'mia',
  bySelf: false,
  createdAt: '2026-01-02T00:00:00.000Z',
  updatedAt: '2026-01-02T00:00:00.000Z',
  edited: false,
  reactions: [],
  url: '',
};

const good: ApprovalCase = {
  actor: 'mia',
  permission: 'write',
  policy: defaultPolicy,
  requestedBy: 'ken',
  deployTo: 'staging',
  currentHash: hash,
  proposal: { commentId: '5', postedAt: '2026-01-01T00:00:00.000Z' },
  given: { kind: 'comment', comment, hash: null },
  language: 'en',
};

const byReaction = (commentId: string) => ({ given: { kind: 'reaction' as const, commentId } });
const byComment = (changes: Partial<Comment>, given: string | null = null) => ({
  given: { kind: 'comment' as const, comment: { ...comment, ...changes }, hash: given },
});

describe('judgeApproval', () => {
  test.each<[string, Partial<ApprovalCase>]>([
    ['a plain /approve after the proposal', {}],
    ['an /approve with the whole hash', byComment({}, hash)],
    ['an /approve with the beginning of the hash', byComment({}, hash.slice(0, 7))],
    ['👍 on the comment that shows the hash', byReaction('5')],
    ['an admin', { permission: 'admin' }],
    ['the requester, for staging', { actor: 'ken' }],
    ['somebody else, for production', { deployTo: 'production' }],
    [
      'the requester for production, when the policy allows it',
      { actor: 'ken', deployTo: 'production', policy: { ...defaultPolicy, production_requires_second_person: false } },
    ],
    ['a reader, when the policy allows it', { permission: 'read', policy: { ...defaultPolicy, minimum: 'read' } }],
    ['a comment in the moment of the proposal', byComment({ createdAt: good.proposal.postedAt })],
  ])('accepts %s', (_, change) => {
    expect(judgeApproval({ ...good, ...change })).toEqual({ accepted: true });
  });

  test.each<[string, Partial<ApprovalCase>, RegExp]>([
    ['a stranger', { permission: 'none' }, /permission/],
    ['a reader', { permission: 'read' }, /permission `write`/],
    ['a writer where admins decide', { policy: { ...defaultPolicy, minimum: 'admin' } }, /permission `admin`/],
    ['a permission that nobody knows', { permission: 'owner' as Permission }, /permission/],
    ['a bot with the right', { actor: 'helper[bot]', permission: 'admin' }, /`helper\[bot\]` is a bot/],
    ['the requester, for production', { actor: 'Ken', deployTo: 'production' }, /somebody else/],
    ['an edited comment', byComment({ edited: true }), /edited/],
    ['a comment from before the proposal', byComment({ createdAt: '2025-12-31T23:59:59.999Z' }), /older/],
    ['a comment of no time', byComment({ createdAt: 'yesterday' }), /older/],
    ['another hash', byComment({}, 'f'.repeat(64)), /plan that waits is `0123456789ab`/],
    ['too little of the hash', byComment({}, hash.slice(0, 6)), /plan that waits/],
    ['👍 on another comment', byReaction('4'), /👍/],
    ['a 👍 of a stranger', { ...byReaction('5'), permission: 'none' }, /permission/],
  ])('refuses %s', (_, change, why) => {
    const verdict = judgeApproval({ ...good, ...change });
    expect(verdict).toMatchObject({ accepted: false, why: expect.stringMatching(why) as string });
  });

  test('says why in Japanese when asked', () => {
    expect(judgeApproval({ ...good, permission: 'none', language: 'ja' })).toMatchObject({
      why: expect.stringContaining('権限') as string,
    });
  });

  test('no one below the minimum is ever accepted', () => {
    const permission = fc.constantFrom<Permission>('none', 'read', 'write', 'admin');
    const rank = ['none', 'read', 'write', 'admin'];
    fc.assert(
      fc.property(
        permission,
        fc.constantFrom('admin' as const, 'write' as const, 'read' as const),
        fc.boolean(),
        (has, minimum, reacts) => {
          const verdict = judgeApproval({
            ...good,
            ...(reacts ? byReaction('5') : {}),
            permission: has,
            policy: { ...defaultPolicy, minimum },
          });
          expect(verdict.accepted).toBe(rank.indexOf(has) >= rank.indexOf(minimum));
        },
      ),
    );
  });
});

describe('judgePreApproval', () => {
  const { actor, permission, policy, requestedBy, deployTo, language } = good;
  const own = { actor, permission, policy, requestedBy, deployTo, language, edited: false };

  test('counts for whoever may approve', () => {
    expect(judgePreApproval(own)).toEqual({ accepted: true });
  });

  test.each([
    ['a reader', { permission: 'read' as const }],
    ['a bot', { actor: 'x[bot]' }],
    ['the requester, for production', { actor: 'ken', deployTo: 'production' as const }],
    ['an edited comment', { edited: true }],
  ])('does not count for %s', (_, change) => {
    expect(judgePreApproval({ ...own, ...change }).accepted).toBe(false);
  });
});

describe('mayAct', () => {
  test('needs the minimum, and a person', () => {
    const may = (permission: Permission, actor = 'mia') => mayAct({ actor, permission, policy: defaultPolicy });
    expect(may('write')).toBe(true);
    expect(may('read')).toBe(false);
    expect(may('admin', 'x[bot]')).toBe(false);
    expect(isBot('bot')).toBe(false);
  });
});

describe('the labels', () => {
  test('are all made by "init github", each with what it says to people', () => {
    expect(labelDocs.map(({ name }) => name)).toEqual(Object.values(labels));
    // GitHub takes no more than 100 characters.
    expect(labelDocs.filter(({ description }) => description === '' || description.length > 100)).toEqual([]);
  });
});

describe('withStatusLabel', () => {
  test('keeps one state and every other label', () => {
    expect(withStatusLabel([labels.train, 'help', labels.running, labels.invalid], labels.deployed)).toEqual([
      labels.train,
      'help',
      labels.deployed,
    ]);
    expect(withStatusLabel([labels.train, labels.running], null)).toEqual([labels.train]);
    expect(statusLabels).not.toContain(labels.train);
  });
});
