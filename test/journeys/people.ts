import { join } from 'node:path';
import { createLocalIssueTracker } from '../../src/adapters/local/issue-tracker.js';
import { openDatabase } from '../../src/db.js';
import type { Comment, Issue, Permission, Reaction } from '../../src/ports/issue-tracker.js';

/** What people do on a tracker, as they do it: from outside, whatever Dandori is doing meanwhile. */
export interface People {
  /** Opens an issue that carries the label `mlops:train` from the beginning; answers its number. */
  open(params: { title: string; body: string; by: string }): Promise<number>;
  edit(issue: number, body: string, by: string): Promise<Issue>;
  /** Answers the id of the comment. */
  comment(issue: number, body: string, by: string): Promise<string>;
  editComment(id: string, body: string, by: string): Promise<Comment>;
  react(commentId: string, content: Reaction['content'], by: string): Promise<Comment>;
  allow(user: string, permission: Permission): Promise<void>;
  issue(number: number): Promise<Issue>;
  comments(number: number): Promise<Comment[]>;
  close(): void;
}

/** People at the built-in tracker, over a connection of their own; `owner` is who runs Dandori. */
export function peopleAtLocalTracker(stateDir: string, owner: string): People {
  const db = openDatabase(join(stateDir, 'dandori.db'));
  const tracker = createLocalIssueTracker({ db, user: owner });
  return {
    async open({ title, body, by }) {
      return (await tracker.createIssue({ title, body, labels: ['mlops:train'], author: by })).number;
    },
    edit: (number, body, actor) => tracker.updateIssue({ number, body, actor }),
    async comment(issueNumber, body, author) {
      return (await tracker.createComment({ issueNumber, body, author })).id;
    },
    editComment: (id, body, actor) => tracker.updateComment({ id, body, actor }),
    react: (commentId, content, user) => tracker.addReaction({ commentId, content, user }),
    allow: (user, permission) => tracker.setPermission({ user, permission }),
    issue: (number) => tracker.getIssue({ number }),
    comments: (issueNumber) => tracker.listComments({ issueNumber }),
    close: () => db.close(),
  };
}
