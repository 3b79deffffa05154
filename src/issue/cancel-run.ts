import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import { isCancellable } from '../workflow/task-errors.js';
import type { Answer } from './answer.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { openRun } from './open-run.js';
import { planHashOfRun } from './run-plan.js';

/** `/cancel`: ends the issue's run, unless the model is being released already. */
export async function cancelRun(parts: ControllerParts, event: TrackerEvent): Promise<Answer> {
  const say = await answersFor(parts, event.issueNumber);
  const run = await openRun(parts, event.issueNumber);
  if (run === undefined) return { say: say.nothingToCancel() };
  const { currentState, status } = await parts.engine.describeExecution({ name: run.trainingId });
  if (status !== 'RUNNING' || currentState === null) return { say: say.nothingToCancel() };
  if (!isCancellable(currentState)) return { say: say.tooLateToCancel() };
  const { actor: by } = event;
  const plan_hash = await planHashOfRun(parts, run.trainingId);
  return { say: say.cancelling(inlineCode(by)), act: { kind: 'cancel', training_id: run.trainingId, by, plan_hash } };
}
