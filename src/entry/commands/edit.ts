import type { ApiClient } from '../api-client.js';
import type { CommentAnswer, IssueView } from '../api-types.js';
import { withoutMarks } from '../markdown-text.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { readRequestFile } from '../submit-request.js';
import { type AddCommand, newCommand, withApi } from './command.js';
import { issueOf, laterNote, planQuestion, repliesText } from './comment.js';

interface EditResult {
  issue_number: number;
  /** False: the issue says what the file says already. */
  changed: boolean;
  /** True: the issue is no valid request now. */
  refused: boolean;
  replies: string[];
}

async function edit(api: ApiClient, issue: number, file: string): Promise<EditResult> {
  const { body, base_dir } = readRequestFile(file);
  const before = await api.get<IssueView>(`/api/issues/${issue}`);
  const answer = await api.post<CommentAnswer>(`/api/issues/${issue}/edit`, { body, base_dir });
  const after = await api.get<IssueView>(`/api/issues/${issue}`);
  // A plan that waits is taken back by an edit that is no valid request, and its issue keeps its label.
  const withdrawn = (await planQuestion(api, issue))?.plan_hash === null;
  // The label of a request that is mended goes a moment after its run has begun.
  const isUnderWay = after.runs.some((run) => run.ended_at === null);
  return {
    issue_number: issue,
    changed: before.issue.body !== body,
    refused: withdrawn || (!isUnderWay && after.issue.labels.includes('mlops:invalid')),
    replies: answer.replies.map(withoutMarks),
  };
}

function textOf({ changed, replies, issue_number: issue }: EditResult, output: Output): string {
  if (!changed) return `Issue #${issue} says that already; nothing changed.`;
  if (replies.length === 0) return `Edited. Follow it: npx dandori show ${issue}`;
  return repliesText(replies, output.width);
}

export const addEdit: AddCommand = (program, { output, setExit }) => {
  program.addCommand(
    newCommand('edit', 'Put the request of a file in the place of what an issue says: planned anew, or tried again', [
      'edit 1 request.md',
    ])
      .argument('<id>', 'issue number, or training id')
      .argument('<file>', 'Markdown, YAML or JSON file with the request')
      .action(async (id: string, file: string, options: CommonOptions) => {
        await withApi(options, async ({ api, remote }) => {
          const result = await edit(api, await issueOf(api, id), file);
          if (!remote) output.note(laterNote);
          show(output, options, result, () => textOf(result, output));
          if (result.refused) setExit(1);
        });
      }),
  );
};
