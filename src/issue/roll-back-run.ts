import { z } from 'zod';
import { executionInput } from '../contracts/execution.js';
import { endpointName } from '../contracts/request.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import type { Answer } from './answer.js';
import { answersFor, type ControllerParts } from './controller-parts.js';

const rolledBack = z.object({ endpoint_name: z.string(), from_version: z.string(), to_version: z.string() });

/** `/rollback`: the version that this issue put into service gives way to the one before it. */
export async function rollBackRun(parts: ControllerParts, event: TrackerEvent): Promise<Answer> {
  const { issueNumber, actor } = event;
  const say = await answersFor(parts, issueNumber);
  const run = (await parts.runs.list({ issueNumber })).find((one) => one.status === 'in_service');
  if (run === undefined) return { say: say.nothingToRollBack() };
  const { trainingId } = run;
  const execution = await parts.engine.describeExecution({ name: trainingId });
  const { request } = executionInput.parse(execution.output ?? execution.input).ask;
  const result = await parts.rollBack(
    // A run is rolled back once: the same order again finds what was done.
    { training_id: trainingId, state: 'Succeeded', visit: 1, attempt: 0 },
    {
      model_name: request.model_name,
      endpoint_name: endpointName(request),
      deploy_to: request.deploy_to,
      requested_by: actor,
      reason: '/rollback',
    },
  );
  const { endpoint_name: endpoint, from_version: from, to_version: to } = rolledBack.parse(result);
  return {
    say: say.rolledBack(inlineCode(endpoint), from, to),
    act: { kind: 'rolled_back', training_id: trainingId, issue_number: issueNumber },
  };
}
