import { messageOf } from '../../errors.js';
import type { Comment, Reaction } from '../../ports/issue-tracker.js';
import type { GitHubClient, Self } from './client.js';
import type { Edit, Edits } from './edits.js';
import type { Outbox } from './outbox.js';
import { dandoriName, readOwn, sameLogin } from './own-text.js';
import { type OutboxRow, queuedId } from './outbox-table.js';
import { type CommentAnswer, commentAnswer, issueNumberOf, loginOf, reactionAnswer } from './payloads.js';
import type { WriterLog } from './writer.js';

/** Texts that are on their way, by comment. */
type Pending = ReadonlyMap<string, string>;

/** Reads comments as the port tells them: GitHub's state with what is still on its way laid over it. */
export class Comments {
  readonly #client: GitHubClient;
  readonly #edits: Edits;
  readonly #outbox: Outbox;
  readonly #log: WriterLog;

  constructor(parts: { client: GitHubClient; edits: Edits; outbox: Outbox; log: WriterLog }) {
    this.#client = parts.client;
    this.#edits = parts.edits;
    this.#outbox = parts.outbox;
    this.#log = parts.log;
  }

  /** Oldest first; those that GitHub does not have yet at the end. */
  async list(issueNumber: number): Promise<Comment[]> {
    // Noted before GitHub is asked: what is written meanwhile is in its answer or in the notes, never in neither.
    const queued = this.#outbox.table.queuedComments(issueNumber);
    const pending = this.#outbox.table.pendingEdits();
    const { data } = await this.#client.readAll({
      about: `list the comments of issue ${issueNumber}`,
      route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      params: { issue_number: issueNumber },
      schema: commentAnswer.array(),
    });
    const self = await this.#client.self();
    const comments = await this.#complete(data, self, pending);
    // What GitHub has already, although its answer is not noted yet, keeps the name that its caller knows.
    const arrived = new Map(queued.map((row) => [row, data.find((one) => this.#isPost(one, self, row.nonce))]));
    const rows = new Map([...arrived].map(([row, one]) => [String(one?.id), row]));
    return [
      ...comments.map((comment) => {
        const row = rows.get(comment.id);
        return row === undefined ? comment : { ...comment, id: queuedId(row.id), body: row.body };
      }),
      ...queued.filter((row) => arrived.get(row) === undefined).map((row) => this.queued(row)),
    ];
  }

  /** One comment by GitHub's id, with its reactions. */
  async get(commentId: string): Promise<Comment | undefined> {
    const pending = this.#outbox.table.pendingEdits();
    const { data } = await this.#client.read({
      about: `read comment ${commentId}`,
      route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
      params: { comment_id: Number(commentId) },
      schema: commentAnswer,
    });
    return (await this.#complete([data], await this.#client.self(), pending))[0];
  }

  /** A comment that GitHub just answered to a write of ours. */
  written(answer: CommentAnswer, self: Self): Comment {
    return this.#toComment(answer, { self, edited: false, reactions: [], pending: new Map() });
  }

  async #complete(answers: readonly CommentAnswer[], self: Self, pending: Pending): Promise<Comment[]> {
    const edits = await this.#editsOf(answers);
    const comments: Comment[] = [];
    for (const answer of answers) {
      const edit = edits?.get(answer.node_id);
      const ours = this.#isOwn(answer, self) && this.#outbox.table.spokenBy(`comment/${answer.id}`) === null;
      // Not known is edited. Of Dandori's own comments only other people's edits count.
      const edited = edit === undefined || (edit !== null && !(ours && sameLogin(edit.editor, self.login)));
      const reactions = await this.#reactionsOf(answer);
      comments.push(this.#toComment(answer, { self, edited, reactions, pending }));
    }
    return comments;
  }

  /** Null: GitHub cannot tell, so every comment counts as edited. */
  async #editsOf(answers: readonly CommentAnswer[]): Promise<Map<string, Edit | null> | null> {
    try {
      return await this.#edits.of(answers.map((one) => ({ nodeId: one.node_id, updatedAt: one.updated_at })));
    } catch (error) {
      this.#log.error(
        { error: messageOf(error) },
        'whether comments were edited could not be asked; they count as edited',
      );
      return null;
    }
  }

  async #reactionsOf(answer: CommentAnswer): Promise<Reaction[]> {
    if ((answer.reactions?.total_count ?? 0) === 0) return [];
    const { data } = await this.#client.readAll({
      about: `list the reactions to comment ${answer.id}`,
      route: 'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
      params: { comment_id: answer.id },
      schema: reactionAnswer.array(),
    });
    return data.map((one) => ({ content: one.content, user: loginOf(one.user), createdAt: one.created_at }));
  }

  #isPost(answer: CommentAnswer, self: Self, nonce: string): boolean {
    return this.#isOwn(answer, self) && readOwn(answer.body ?? '')?.nonce === nonce;
  }

  /** By Dandori's account, and with the line that only Dandori writes: what the same account says by hand is a person's. */
  #isOwn(answer: CommentAnswer, self: Self): boolean {
    return sameLogin(loginOf(answer.user), self.login) && readOwn(answer.body ?? '') !== null;
  }

  #toComment(
    answer: CommentAnswer,
    more: { self: Self; edited: boolean; reactions: Reaction[]; pending: Pending },
  ): Comment {
    const { table } = this.#outbox;
    const text = answer.body ?? '';
    const isOwn = this.#isOwn(answer, more.self);
    const person = isOwn ? table.spokenBy(`comment/${answer.id}`) : null;
    const id = table.publicId(String(answer.id));
    return {
      id,
      issueNumber: issueNumberOf(answer),
      body: (isOwn ? (more.pending.get(id) ?? readOwn(text)?.body) : undefined) ?? text,
      author: person ?? loginOf(answer.user),
      bySelf: isOwn && person === null,
      createdAt: answer.created_at,
      updatedAt: answer.updated_at,
      edited: more.edited,
      reactions: more.reactions,
      url: answer.html_url,
    };
  }

  /** A comment that GitHub does not have yet. */
  queued(row: OutboxRow): Comment {
    return {
      id: queuedId(row.id),
      issueNumber: Number(row.target),
      body: row.body,
      author: row.person ?? dandoriName,
      bySelf: row.person === null,
      createdAt: row.at,
      updatedAt: row.at,
      edited: false,
      reactions: [],
      url: `${this.#client.webUrl}/issues/${row.target}`,
    };
  }
}
