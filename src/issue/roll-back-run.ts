import { executionInput } from '../contracts/execution.js';
import { endpointName } from '../contracts/request.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { labels, withStatusLabel } from '../request/labels.js';
import type { CommandResult } from './on-comment.js';

/** `/rollback`: the version that this issue put into service gives way to the one before it. */
export async function rollBackRun(parts: ControllerParts, event: TrackerEvent): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
  const run = (await parts.runs.list({ issueNumber: event.issueNumber })).find((one) => one.status === 'in_service');
  if (run === undefined) return { say: say.nothingToRollBack() };
  const { trainingId } = run;
  const execution = await parts.engine.describeExecution({ name: trainingId });
  const { request } = executionInput.parse(execution.output ?? execution.input).ask;
  const result = await parts.rollBack(
    // One rollback per event: the same comment again finds what it did.
    { training_id: trainingId, state: 'Succeeded', visit: 1, attempt: 0 },
    {
      model_name: request.model_name,
      endpoint_name: endpointName(request),
      deploy_to: request.deploy_to,
      requested_by: event.actor,
      reason: '/rollback',
    },
  );
  // Its version serves no more; what was rolled back to belongs to another run.
  await parts.runs.update({ trainingId, status: 'failed' });
  const issue = await parts.tracker.getIssue({ number: event.issueNumber });
  await parts.tracker.updateIssue({ number: issue.number, labels: withStatusLabel(issue.labels, labels.failed) });
  return { say: say.rolledBack(typeof result['message'] === 'string' ? result['message'] : '') };
}
