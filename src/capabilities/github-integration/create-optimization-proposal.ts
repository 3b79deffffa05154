import { z } from 'zod';
import { proposalDocument } from '../../contracts/optimization.js';
import { effectKey, runRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import { inTurn } from '../shared/in-turn.js';
import { writeJson } from '../shared/json-objects.js';
import { findMarked, postMarked } from '../shared/marked-comment.js';

export const createOptimizationProposal = defineTool({
  name: 'create_optimization_proposal',
  title: 'Post an optimization proposal',
  description:
    'Writes `optimizations/{training_id}/proposal.json` and posts the proposal on the issue, once per visit; a new plan is a new visit and a new comment.',
  input: z.object({
    run: runRef,
    issue_number: z.number().int().positive(),
    proposal: proposalDocument,
    body: z.string().min(1).max(60_000).describe('The comment as Markdown; it shows the hash of the plan'),
  }),
  output: z.object({ proposal_key: z.string(), comment_id: z.string(), url: z.string() }),
  annotations: { ...writes, openWorldHint: true },
  effect: { states: ['OptimizeWorkflow', 'WaitForOptimizationApproval'] },
  handler: async ({ run, issue_number: issueNumber, proposal, body }, { ports }) => {
    if (proposal.training_id !== run.training_id) {
      throw new DandoriError('invalid_input', `The proposal is not for ${run.training_id}.`, {
        found: proposal.training_id,
        allowed: run.training_id,
      });
    }
    const proposalKey = `optimizations/${run.training_id}/proposal.json`;
    const key = effectKey({ ...run, state: 'OptimizeWorkflow' }, 'optimization_proposal');
    await writeJson(ports.objects, proposalKey, proposal);
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
    return { proposal_key: proposalKey, comment_id: comment.id, url: comment.url };
  },
});
