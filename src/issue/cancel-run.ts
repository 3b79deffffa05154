import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import { isCancellable } from '../workflow/task-errors.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { openRun } from './open-run.js';

/** `/cancel`: ends the issue's run, unless the model is being released already. */
export async function cancelRun(parts: ControllerParts, event: TrackerEvent): Promise<string> {
  const say = await answersFor(parts, event.issueNumber);
  const run = await openRun(parts, event.issueNumber);
  if (run === undefined) return say.nothingToCancel();
  const { currentState, status } = await parts.engine.describeExecution({ name: run.trainingId });
  if (status !== 'RUNNING' || currentState === null) return say.nothingToCancel();
  if (!isCancellable(currentState)) return say.tooLateToCancel();
  await parts.cancel({ trainingId: run.trainingId, by: event.actor, reason: '/cancel' });
  return say.cancelling(inlineCode(event.actor));
}
