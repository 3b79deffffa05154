export type Permission = 'admin' | 'write' | 'read' | 'none';

export interface Issue {
  number: number;
  title: string;
  body: string;
  labels: string[];
  state: 'open' | 'closed';
  author: string;
  createdAt: string;
  updatedAt: string;
  /** Where a person can see it. */
  url: string;
}

export interface Reaction {
  content: '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';
  user: string;
  createdAt: string;
}

export interface Comment {
  id: string;
  issueNumber: number;
  body: string;
  author: string;
  /** True for what Dandori wrote itself. */
  bySelf: boolean;
  createdAt: string;
  updatedAt: string;
  /** True when someone changed the text after posting. */
  edited: boolean;
  reactions: Reaction[];
  url: string;
}

/** What happened on the tracker, in order; `id` is the cursor and the same for a redelivery. */
export interface TrackerEvent {
  id: string;
  kind: 'issue_opened' | 'issue_edited' | 'issue_labeled' | 'comment_created' | 'comment_edited' | 'reaction_added';
  issueNumber: number;
  commentId: string | null;
  /** Those that `issue_labeled` is about: the new ones; none for every other kind. */
  labels: string[];
  actor: string;
  at: string;
}

/** Where requests are made and answered: the built-in tracker or GitHub; nothing above this port knows which. */
export interface IssueTracker {
  createIssue(params: { title: string; body: string; labels: string[]; author: string }): Promise<Issue>;
  /** `not_found` for an unknown number. */
  getIssue(params: { number: number }): Promise<Issue>;
  /** Replaces only what is given. */
  updateIssue(params: {
    number: number;
    body?: string;
    labels?: string[];
    state?: 'open' | 'closed';
    actor?: string;
  }): Promise<Issue>;
  /** `author` defaults to Dandori itself. */
  createComment(params: { issueNumber: number; body: string; author?: string }): Promise<Comment>;
  updateComment(params: { id: string; body: string; actor?: string }): Promise<Comment>;
  /** Oldest first, with reactions. */
  listComments(params: { issueNumber: number }): Promise<Comment[]>;
  /** Unknown people have `none`. */
  getPermission(params: { user: string }): Promise<Permission>;
  /** Events after `cursor` (null: from the beginning), oldest first, at most 100. Dandori's own writes are not among them. */
  listEvents(params: { cursor: string | null }): Promise<TrackerEvent[]>;
}
