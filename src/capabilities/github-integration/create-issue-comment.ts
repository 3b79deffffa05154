import { z } from 'zod';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import { inTurn } from '../shared/in-turn.js';
import { findMarked, postMarked, writeMarked } from '../shared/marked-comment.js';
import { allStates } from '../shared/states.js';

const input = z.object({
  run: runRef,
  issue_number: z.number().int().positive(),
  effect: z
    .string()
    .regex(/^[a-z0-9_-]{1,60}$/)
    .describe('Name of this comment within the state, e.g. `result`; the same one is posted once'),
  body: z.string().min(1).max(60_000).describe('Markdown'),
  edit_key: z
    .string()
    .regex(/^[a-z0-9_-]{1,60}$/)
    .optional()
    .describe('Names a living comment of the run, e.g. `status`: it is edited, and posted only when there is none yet'),
});

export const createIssueComment = defineTool({
  name: 'create_issue_comment',
  title: 'Comment on an issue',
  description:
    "Posts a comment on the run's issue, once per run, state, visit and effect; or, with edit_key, edits the run's living comment of that name.",
  input,
  output: z.object({ comment_id: z.string(), url: z.string(), created: z.boolean() }),
  annotations: { ...writes, openWorldHint: true },
  effect: { states: allStates },
  handler: async ({ run, issue_number: issueNumber, effect, body, edit_key: editKey }, { ports }) => {
    const { issues } = ports;
    const key = editKey === undefined ? effectKey(run, effect) : `${run.training_id}/${editKey}`;
    return inTurn(issues, `comment ${key}`, async () => {
      if (editKey !== undefined) {
        const { comment, created } = await writeMarked(issues, issueNumber, key, body);
        return { comment_id: comment.id, url: comment.url, created };
      }
      return once(ports.effects, key, {
        find: async () => {
          const found = await findMarked(issues, issueNumber, key);
          return found === null ? null : { comment_id: found.id, url: found.url, created: false };
        },
        act: async () => {
          const { id, url } = await postMarked(issues, issueNumber, key, body);
          return { comment_id: id, url, created: true };
        },
      });
    });
  },
});
