import { z } from 'zod';
import { proposalDocument } from '../../contracts/optimization.js';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import type { IssueTracker } from '../../ports/issue-tracker.js';
import { foldedComment, isFolded } from '../shared/folded-comment.js';
import { inTurn } from '../shared/in-turn.js';
import { writeJson } from '../shared/json-objects.js';
import { findMarked, markerOf, postMarked, readMarked } from '../shared/marked-comment.js';

const effect = 'optimization_proposal';

/** Folds the proposals of this run that came before the comment `id`: nobody can approve them any more. */
async function foldEarlier(
  issues: IssueTracker,
  { issueNumber, trainingId, id, title }: { issueNumber: number; trainingId: string; id: string; title: string },
): Promise<void> {
  const comments = await issues.listComments({ issueNumber });
  // Up to our own: a message that is worked late folds nothing newer.
  const own = comments.findIndex((comment) => comment.id === id);
  for (const comment of comments.slice(0, Math.max(0, own))) {
    const marked = readMarked(comment);
    if (marked === null || isFolded(marked.text)) continue;
    const { key, text } = marked;
    if (!key.startsWith(`${trainingId}/OptimizeWorkflow/`) || !key.endsWith(`/${effect}`)) continue;
    await issues.updateComment({ id: comment.id, body: `${markerOf(key)}\n${foldedComment(text, title)}` });
  }
}

export const createOptimizationProposal = defineTool({
  name: 'create_optimization_proposal',
  title: 'Post an optimization proposal',
  description:
    'Writes `optimizations/{training_id}/proposal.json`, keeps it as `proposal-{visit}.json`, and posts the proposal on the issue, once per visit; a new plan is a new visit and a new comment, and those before it are folded.',
  input: z.object({
    run: runRef,
    issue_number: z.number().int().positive(),
    proposal: proposalDocument,
    body: z.string().min(1).max(60_000).describe('The comment as Markdown; it shows the hash of the plan'),
    folded_title: z
      .string()
      .min(1)
      .max(300)
      .describe('What the earlier proposals of the run are folded under, as HTML'),
  }),
  output: z.object({ proposal_key: z.string(), comment_id: z.string(), url: z.string() }),
  annotations: { ...writes, openWorldHint: true },
  effect: { states: ['OptimizeWorkflow', 'WaitForOptimizationApproval'] },
  handler: async ({ run, issue_number: issueNumber, proposal, body, folded_title: title }, { ports }) => {
    if (proposal.training_id !== run.training_id) {
      throw new DandoriError('invalid_input', `The proposal is not for ${run.training_id}.`, {
        found: proposal.training_id,
        allowed: run.training_id,
      });
    }
    const proposalKey = `optimizations/${run.training_id}/proposal.json`;
    const key = effectKey({ ...run, state: 'OptimizeWorkflow' }, effect);
    await writeJson(ports.objects, proposalKey, proposal);
    // The newest is what later steps read; an approval may be for an earlier one.
    await writeJson(ports.objects, `optimizations/${run.training_id}/proposal-${run.visit}.json`, proposal);
    const comment = await inTurn(ports.issues, `comment ${key}`, () =>
      once(ports.effects, key, {
        find: async () => {
          const found = await findMarked(ports.issues, issueNumber, key);
          return found === null ? null : { id: found.id, url: found.url };
        },
        act: async () => {
          const { id, url } = await postMarked(ports.issues, issueNumber, key, body);
          return { id, url };
        },
      }),
    );
    await foldEarlier(ports.issues, { issueNumber, trainingId: run.training_id, id: comment.id, title });
    return { proposal_key: proposalKey, comment_id: comment.id, url: comment.url };
  },
});
