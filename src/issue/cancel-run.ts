import type { TrackerEvent } from '../ports/issue-tracker.js';
import { isCancellable } from '../workflow/task-errors.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import type { CommandResult } from './on-comment.js';

/** `/cancel`: ends the issue's run, unless the model is being released already. */
export async function cancelRun(parts: ControllerParts, event: TrackerEvent): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
  const run = (await parts.runs.list({ issueNumber: event.issueNumber })).find((one) => one.endedAt === null);
  if (run === undefined) return { say: say.nothingToCancel() };
  const { currentState, status } = await parts.engine.describeExecution({ name: run.trainingId });
  if (status !== 'RUNNING' || currentState === null) return { say: say.nothingToCancel() };
  if (!isCancellable(currentState)) return { say: say.tooLateToCancel() };
  await parts.cancel({ trainingId: run.trainingId, by: event.actor, reason: '/cancel' });
  return { say: say.cancelling(event.actor) };
}
