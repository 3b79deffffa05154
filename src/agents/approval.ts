import { z } from 'zod';
import { approvedPlan, ask, replan } from '../contracts/execution.js';
import { defineAgent, done } from './agent.js';
import { optimizerOutput } from './workflow-optimizer.js';

const approvalInput = z.object({ issue_number: z.number().int(), ask, optimization: optimizerOutput });

/** Second half of agent 2: waits for a person, unless whoever asked has approved with the asking. */
export const approvalAgent = defineAgent({
  name: 'approval',
  input: approvalInput,
  output: z.union([approvedPlan, replan]),
  async run(input) {
    const { plan, plan_hash, comment_id, asked_at } = input.optimization;
    const { pre_approval } = input.ask;
    if (pre_approval !== null) return done({ decision: 'approved' as const, plan_hash, plan, approved: pre_approval });
    return {
      kind: 'wait_for_person',
      question: {
        kind: 'approval',
        issue_number: input.issue_number,
        plan_hash,
        plan,
        ask: input.ask,
        comment_id,
        asked_at,
      },
    };
  },
});
