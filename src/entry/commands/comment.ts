import { readFileSync } from 'node:fs';
import type { RunLine } from '../api-types.js';
import type { Connection } from '../connect.js';
import { type CommonOptions, type Output, show } from '../output.js';
import { type AddCommand, newCommand, withApi } from './command.js';

/** The issue of a training id; issue numbers are taken as they are. */
export async function issueOf({ api }: Connection, id: string): Promise<number> {
  if (/^#?\d+$/.test(id)) return Number(id.replace('#', ''));
  return (await api.get<RunLine>(`/api/runs/${encodeURIComponent(id)}`)).issue_number;
}

/** Posts a comment; says so when nobody is there to act on it. */
export async function postComment(
  connection: Connection,
  output: Output,
  id: string,
  body: string,
): Promise<{ comment_id: string; replies: string[] }> {
  const issue = await issueOf(connection, id);
  const answer = await connection.api.post<{ comment_id: string; replies: string[] }>(`/api/issues/${issue}/comments`, {
    body,
  });
  if (!connection.remote) output.note('Dandori is not running: it acts on this when it runs ("npx dandori up").');
  return answer;
}

const replyText = (replies: string[]) => (replies.length === 0 ? 'Posted.' : replies.join('\n\n'));

export const addComment: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('comment', 'Write a comment on an issue; commands such as /retry and /cancel work as on GitHub')
      .argument('<id>', 'issue number, or training id')
      .argument('[text]', 'the comment; left out: read from standard input')
      .action(async (id: string, text: string | undefined, options: CommonOptions) => {
        const body = text ?? readFileSync(0, 'utf8');
        const answer = await withApi(options, (connection) => postComment(connection, output, id, body));
        show(output, options, answer, () => replyText(answer.replies));
      }),
  );
};

export const addApprove: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('approve', 'Approve the proposal that a run waits with')
      .argument('<id>', 'issue number, or training id')
      .argument('[hash]', 'plan hash that you mean; left out: the current one')
      .action(async (id: string, hash: string | undefined, options: CommonOptions) => {
        const answer = await withApi(options, (connection) =>
          postComment(connection, output, id, hash === undefined ? '/approve' : `/approve ${hash}`),
        );
        show(output, options, answer, () => replyText(answer.replies));
      }),
  );
};

export const addRollback: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('rollback', 'Put the previous version of a model back into service')
      .argument('<id>', 'training id or issue number of the version in service')
      .action(async (id: string, options: CommonOptions) => {
        const answer = await withApi(options, (connection) => postComment(connection, output, id, '/rollback'), true);
        show(output, options, answer, () => replyText(answer.replies));
      }),
  );
};
