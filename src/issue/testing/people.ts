import type { LocalIssueTracker } from '../../adapters/local/issue-tracker.js';

/** A request with every field that must be there, and what else is given; undefined takes a field away. */
export function bodyOf(fields: Record<string, unknown> = {}): string {
  const all = {
    task_type: 'classification',
    algorithm: ['logistic_regression', 'random_forest'],
    dataset_id: 'churn',
    target: 'churn',
    positive_class: 'Yes',
    evaluation_threshold: 0.5,
    ...fields,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  const lines = given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return ['```yaml', ...lines, '```'].join('\n');
}

/** What people do on a tracker. */
export class People {
  readonly tracker: LocalIssueTracker;
  readonly #look: () => Promise<void>;

  constructor(tracker: LocalIssueTracker, look: () => Promise<void>) {
    this.tracker = tracker;
    this.#look = look;
  }

  /** Everybody whom the tests name. */
  async arrive(): Promise<void> {
    const permissions = { aya: 'write', ken: 'write', reader: 'read', 'ci[bot]': 'admin' } as const;
    for (const [user, permission] of Object.entries(permissions))
      await this.tracker.setPermission({ user, permission });
  }

  /** Opens an issue with the label of a request; answers its number. */
  async open(body = bodyOf(), by = 'aya'): Promise<number> {
    const { number } = await this.tracker.createIssue({ title: 'Churn', body, labels: ['mlops:train'], author: by });
    await this.#look();
    return number;
  }

  async edit(issue: number, body: string, by = 'aya'): Promise<string[]> {
    return this.#replies(issue, () => this.tracker.updateIssue({ number: issue, body, actor: by }));
  }

  /** Sets labels beside those that are there. */
  async label(issue: number, label: string, by = 'aya'): Promise<string[]> {
    const { labels } = await this.tracker.getIssue({ number: issue });
    const all = [...labels.filter((one) => one !== label), label];
    return this.#replies(issue, () => this.tracker.updateIssue({ number: issue, labels: all, actor: by }));
  }

  /** Comments; answers what Dandori says to it. */
  async say(issue: number, body: string, by = 'aya'): Promise<string[]> {
    return this.#replies(issue, () => this.tracker.createComment({ issueNumber: issue, body, author: by }));
  }

  async react(issue: number, commentId: string, by = 'aya', content: '+1' | 'heart' = '+1'): Promise<string[]> {
    return this.#replies(issue, () => this.tracker.addReaction({ commentId, content, user: by }));
  }

  /** What Dandori answered to people on this issue, oldest first. */
  async heard(issue: number): Promise<string[]> {
    const comments = await this.tracker.listComments({ issueNumber: issue });
    return comments.flatMap(({ bySelf, body }) => {
      const [, text] = /^<!-- dandori:issue-\d+\/(?:event-\d+|no-right)\/.* -->\n([^]*)$/.exec(body) ?? [];
      return bySelf && text !== undefined ? [text] : [];
    });
  }

  async #replies(issue: number, act: () => Promise<unknown>): Promise<string[]> {
    const before = await this.heard(issue);
    await act();
    await this.#look();
    return (await this.heard(issue)).slice(before.length);
  }
}
