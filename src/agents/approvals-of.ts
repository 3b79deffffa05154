import type { ApprovedPlan } from '../contracts/execution.js';
import type { HistoryRecordInput } from '../history/record.js';

type Hyperparameters = ApprovedPlan['plan']['request']['hyperparameters'];

/** What is set in `after` and was not, or otherwise, in `before`: `ALGORITHM.NAME` -> value. */
function adjusted(before: Hyperparameters, after: Hyperparameters) {
  const changes = Object.entries(after).flatMap(([algorithm, values]) =>
    Object.entries(values)
      .filter(([name, value]) => JSON.stringify(before[algorithm]?.[name]) !== JSON.stringify(value))
      .map(([name, value]) => [`${algorithm}.${name}`, value] as const),
  );
  return Object.fromEntries(changes);
}

/** Every approval of a run and every adjustment of its operators, oldest first. */
export function approvalsOf(approval: ApprovedPlan | undefined): Pick<HistoryRecordInput, 'approvals' | 'retries'> {
  if (approval === undefined) return { approvals: [], retries: [] };
  const { approved, plan_hash, plan, earlier = [] } = approval;
  const all = [...earlier, { ...approved, plan_hash, hyperparameters: plan.request.hyperparameters }];
  return {
    approvals: all.map(({ by, how, at, plan_hash: hash }) => ({ by, how, at, plan_hash: hash })),
    retries: all.flatMap(({ by, how, hyperparameters }, index) => {
      const before = all[index - 1]?.hyperparameters;
      if (how !== 'retry' || before === undefined) return [];
      return [{ by, adjusted_hyperparameters: adjusted(before, hyperparameters) }];
    }),
  };
}
