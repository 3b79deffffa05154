import { z } from 'zod';
import { appliedOptimizations } from '../contracts/applied-optimizations.js';
import { approvedPlan } from '../contracts/execution.js';
import { endpointName } from '../contracts/deploy-to.js';

/** What every agent behind the approval is given: the plan that was approved. */
export const planned = z.object({ issue_number: z.number().int(), approval: approvedPlan });
export type Planned = z.infer<typeof planned>;

/** The configuration that the plan runs with; `items` are kept in proposal.json, not in the plan. */
export const appliedConfig = appliedOptimizations.omit({ items: true });
export type AppliedConfig = z.infer<typeof appliedConfig>;

/** Parts of an approved plan under short names. */
export function partsOf({ approval }: Planned) {
  const { plan, plan_hash: planHash, approved } = approval;
  return {
    plan,
    planHash,
    approved,
    request: plan.request,
    dataset: plan.dataset,
    applied: appliedConfig.parse(plan.proposal),
    endpoint: endpointName(plan.request),
  };
}
