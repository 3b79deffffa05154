import { readFileSync } from 'node:fs';
import type { CommentAnswer, IssueView, RunLine, RunView } from '../api-types.js';
import type { ApiClient } from '../api-client.js';
import { DandoriError } from '../../errors.js';
import { renderMarkdown, withoutMarks } from '../markdown-text.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { type AddCommand, issueNumberOf, newCommand, withApi } from './command.js';

/** The issue of a training id; issue numbers are taken as they are. */
export async function issueOf(api: ApiClient, id: string): Promise<number> {
  return issueNumberOf(id) ?? (await api.get<RunLine>(`/api/runs/${encodeURIComponent(id)}`)).issue_number;
}

export function repliesText(replies: readonly string[], width: number): string {
  return replies.map((reply) => renderMarkdown(reply, width)).join('\n\n');
}

/** Writes a comment and waits for what is answered to it. */
export async function post(api: ApiClient, issue: number, body: string): Promise<CommentAnswer> {
  const answer = await api.post<CommentAnswer>(`/api/issues/${issue}/comments`, { body });
  return { ...answer, replies: answer.replies.map(withoutMarks) };
}

/** Shows the answers to a comment. */
export function say(output: Output, options: CommonOptions, answer: CommentAnswer): void {
  show(output, options, answer, () =>
    answer.replies.length === 0 ? 'Posted.' : repliesText(answer.replies, output.width),
  );
}

export const laterNote = 'Dandori is not running: it acts on this when it runs ("npx dandori up").';

export const addComment: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('comment', 'Write a comment on an issue; commands such as /retry and /cancel work as on GitHub', [
      'comment 1 /cancel',
      'comment 1 < answer.md',
      "comment 1 '/override {evaluation_threshold: 0.6}'",
    ])
      .argument('<id>', 'issue number, or training id')
      .argument('[text]', 'the comment; left out: read from standard input')
      .action(async (id: string, text: string | undefined, options: CommonOptions) => {
        const body = text ?? readFileSync(0, 'utf8');
        if (body.trim() === '') throw new DandoriError('invalid_input', 'A comment needs a text.');
        await withApi(options, async ({ api, remote }) => {
          const answer = await post(api, await issueOf(api, id), body);
          if (!remote) output.note(laterNote);
          say(output, options, answer);
        });
      }),
  );
};

/** The question about a plan that an issue's newest run waits with. */
export async function planQuestion(api: ApiClient, issue: number): Promise<RunView['question']> {
  const [newest] = (await api.get<IssueView>(`/api/issues/${issue}`)).runs;
  if (newest === undefined) return null;
  const { question } = await api.get<RunView>(`/api/runs/${newest.training_id}`);
  return question?.state === 'WaitForOptimizationApproval' ? question : null;
}

/** 👍 on the comment that asks. */
async function thumbUp(api: ApiClient, issue: number, question: RunView['question']): Promise<CommentAnswer> {
  const comment_id = question?.comment_id ?? null;
  if (comment_id === null) {
    throw new DandoriError('wrong_state', `No proposal of issue #${issue} waits for an approval.`, {
      next: `see where it stands: npx dandori show ${issue}`,
    });
  }
  const answer = await api.post<CommentAnswer>(`/api/issues/${issue}/reactions`, { comment_id });
  return { ...answer, replies: answer.replies.map(withoutMarks) };
}

interface ApproveOptions extends CommonOptions {
  react?: boolean;
}

export const addApprove: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('approve', 'Approve the proposal that a run waits with', [
      'approve 1',
      'approve 1 7e5061a33a3c',
      'approve 1 --react',
    ])
      .argument('<id>', 'issue number, or training id')
      .argument('[hash]', 'plan hash that you mean, or its beginning; left out: the current one')
      .option('--react', 'approve by 👍 on the proposal instead of a comment')
      .action(async (id: string, hash: string | undefined, options: ApproveOptions) => {
        if (options.react === true && hash !== undefined)
          throw new DandoriError('invalid_input', 'A 👍 names no plan: it counts for the comment that it is on.', {
            allowed: 'a hash, or --react',
          });
        await withApi(options, async ({ api, remote }) => {
          const issue = await issueOf(api, id);
          const before = await planQuestion(api, issue);
          const comment = hash === undefined ? '/approve' : `/approve ${hash}`;
          const answer = await (options.react === true ? thumbUp(api, issue, before) : post(api, issue, comment));
          say(output, options, answer);
          if (!remote) return output.note(laterNote);
          const after = await planQuestion(api, issue);
          if (before === null || after?.since === before.since) setExit(1);
        });
      }),
  );
};
