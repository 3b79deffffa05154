import { resolve } from 'node:path';
import { z } from 'zod';
import type { LocalParts } from '../compose.js';
import { DandoriError } from '../errors.js';
import { issueValue } from '../issue/controller-parts.js';
import type { Issue } from '../ports/issue-tracker.js';
import type { CommentAnswer } from './api-types.js';

/** Folders of submitted files, from which requests may read. */
const rootsKey = 'data_roots';

export interface Submission {
  title: string;
  body: string;
  base_dir: string | null;
  yes: boolean;
}

interface DeskParts extends Pick<LocalParts, 'runs' | 'people'> {
  issues: LocalParts['ports']['issues'];
  /** Lets the events of the tracker be worked, when we work. */
  look: () => Promise<void>;
  /** Folders from which requests may read; those of submitted files are put in. */
  dataRoots: string[];
}

/** What people do on the tracker by the command line, under the names that they give themselves. */
export class Desk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Takes up the folders of files that were submitted before. */
  async open(): Promise<void> {
    this.#parts.dataRoots.push(...(await this.#submittedRoots()));
  }

  /**
   * Whoever can open our socket may do everything, under any name. A name that the built-in tracker does not know gets `write`,
   * so that a second one can approve; what an administrator gave a name stays.
   */
  async welcome(user: string): Promise<void> {
    const { people } = this.#parts;
    if (people === null || (await people.getPermission({ user })) !== 'none') return;
    await people.setPermission({ user, permission: 'write' });
  }

  /** Makes the issue first and the label last: nothing starts before all that belongs to it is kept. */
  async submit(submission: Submission, by: string): Promise<Issue> {
    const { issues, runs, look } = this.#parts;
    await this.welcome(by);
    const { title, body, base_dir: baseDir, yes } = submission;
    const { number } = await issues.createIssue({ title, body, labels: [], author: by });
    await this.#keepFolder(number, baseDir);
    if (yes) await runs.setValue({ key: issueValue.yes(number), value: by });
    const labelled = await issues.updateIssue({ number, labels: ['mlops:train'], actor: by });
    await look();
    return labelled;
  }

  /** Posts a person's comment and, while we work, waits for what Dandori says to it. */
  async comment(issueNumber: number, body: string, by: string): Promise<CommentAnswer> {
    const { issues } = this.#parts;
    await this.welcome(by);
    return this.#heard(issueNumber, async () => (await issues.createComment({ issueNumber, body, author: by })).id);
  }

  /** Puts another text in the place of an issue's. */
  async edit(
    issueNumber: number,
    { body, base_dir: baseDir }: Pick<Submission, 'body' | 'base_dir'>,
    by: string,
  ): Promise<CommentAnswer> {
    await this.welcome(by);
    const people = this.#people(issueNumber);
    await people.getIssue({ number: issueNumber });
    await this.#keepFolder(issueNumber, baseDir);
    return this.#heard(issueNumber, async () => {
      await people.updateIssue({ number: issueNumber, body, actor: by });
      return null;
    });
  }

  /** 👍 on a comment of the issue. */
  async react(issueNumber: number, commentId: string, by: string): Promise<CommentAnswer> {
    await this.welcome(by);
    const people = this.#people(issueNumber);
    const comments = await people.listComments({ issueNumber });
    if (!comments.some(({ id }) => id === commentId)) {
      throw new DandoriError('not_found', `Issue #${issueNumber} has no comment ${commentId}.`, {
        next: `see its comments: npx dandori show ${issueNumber} --json`,
      });
    }
    return this.#heard(issueNumber, async () => {
      await people.addReaction({ commentId, content: '+1', user: by });
      return commentId;
    });
  }

  #people(issueNumber: number): NonNullable<LocalParts['people']> {
    const { people } = this.#parts;
    if (people !== null) return people;
    throw new DandoriError('wrong_state', `Issue #${issueNumber} is not in the built-in tracker.`, {
      next: 'do that on the page of the issue.',
    });
  }

  /** What Dandori answers to what a person does. */
  async #heard(issueNumber: number, act: () => Promise<string | null>): Promise<CommentAnswer> {
    const { issues, look } = this.#parts;
    const known = new Set((await issues.listComments({ issueNumber })).map(({ id }) => id));
    const comment_id = await act();
    await look();
    const after = await issues.listComments({ issueNumber });
    const replies = after.filter((one) => one.bySelf && !known.has(one.id));
    return { comment_id, replies: replies.map((one) => one.body) };
  }

  async #submittedRoots(): Promise<string[]> {
    const kept = await this.#parts.runs.getValue({ key: rootsKey });
    return z.array(z.string()).parse(JSON.parse(kept ?? '[]'));
  }

  /** The files that a request names are found beside the file that it came in: whoever submits it may read that folder. */
  async #keepFolder(issueNumber: number, baseDir: string | null): Promise<void> {
    if (baseDir === null) return;
    const { runs, dataRoots } = this.#parts;
    const root = resolve(baseDir);
    await runs.setValue({ key: issueValue.baseDir(issueNumber), value: root });
    const roots = await this.#submittedRoots();
    if (!roots.includes(root)) await runs.setValue({ key: rootsKey, value: JSON.stringify([...roots, root]) });
    if (!dataRoots.includes(root)) dataRoots.push(root);
  }
}
