import { z } from 'zod';
import { plan, sha256 } from './plan.js';
import { trainingRequest } from './request.js';
import { trainingId } from './run-ref.js';

/** How a plan came to be approved: by 👍 or /approve on its comment, by the comment that changed it, or by whoever started it. */
export const approvalWay = z.enum(['reaction', 'approve', 'override', 'retry', 'yes', 'auto_approve']);

export const approvedBy = z.object({
  by: z.string(),
  how: approvalWay,
  at: z.string(),
  comment_id: z.string().nullable(),
});
export type ApprovedBy = z.infer<typeof approvedBy>;

/** What is asked for, and by whom; replaced when the issue is edited or overridden before the approval. */
export const ask = z.object({
  request: trainingRequest,
  /** Absolute path of the request's data file when it names one. */
  source_path: z.string().nullable(),
  /** Absolute path of the user's training script when the request names one. */
  script_path: z.string().nullable(),
  /** Absolute path of the user's inference.py; absent when the request names none. */
  inference_script_path: z.string().optional(),
  requested_by: z.string(),
  /** Paths of the fields that people wrote; the optimizer may propose anything for the rest. */
  explicit_fields: z.array(z.string()),
  /** An approval given with the asking itself (`--yes`, `auto_approve`, `/override`); the policy is checked all the same. */
  pre_approval: approvedBy.nullable(),
});
export type Ask = z.infer<typeof ask>;

/** What an execution starts with; every state adds its result beside it. */
export const executionInput = z.object({
  training_id: trainingId,
  issue_number: z.number().int(),
  ask,
  counters: z.object({ visit: z.number().int(), current_retry: z.number().int() }),
});
export type ExecutionInput = z.infer<typeof executionInput>;

/** An approval whose plan an operator's retry took the place of, with the hyperparameters that were tried under it. */
const earlierApproval = approvedBy.extend({
  plan_hash: sha256,
  hyperparameters: trainingRequest.shape.hyperparameters,
});

/** What an approval led to: the plan that runs from here on, and who approved it how. */
export const approvedPlan = z.object({
  decision: z.literal('approved'),
  plan_hash: sha256,
  plan,
  approved: approvedBy,
  /** Oldest first; left out before the first retry. */
  earlier: z.array(earlierApproval).optional(),
});
export type ApprovedPlan = z.infer<typeof approvedPlan>;

/** Answer of WaitForOptimizationApproval when the request was changed instead: plan again. */
export const replan = z.object({ decision: z.literal('replan'), ask });
export type Replan = z.infer<typeof replan>;

/** What a waiting approval is checked against; kept in the task ledger. */
export const approvalQuestion = z.object({
  kind: z.literal('approval'),
  issue_number: z.number().int(),
  /** Null: the issue was edited into something invalid, so that nothing can be approved until it is mended. */
  plan_hash: sha256.nullable(),
  plan,
  ask,
  /** The comment that shows the hash. */
  comment_id: z.string(),
  asked_at: z.string(),
});

/** What the operator is asked below the threshold. */
export const operatorQuestion = z.object({
  kind: z.literal('operator'),
  issue_number: z.number().int(),
  plan_hash: sha256,
  plan,
  ask_requested_by: z.string(),
  comment_id: z.string(),
  asked_at: z.string(),
  current_retry: z.number().int(),
  /** Approvals of this run up to the one whose model was judged; empty: asked by an earlier Dandori. */
  earlier: z.array(earlierApproval).default([]),
});

export const question = z.discriminatedUnion('kind', [approvalQuestion, operatorQuestion]);
