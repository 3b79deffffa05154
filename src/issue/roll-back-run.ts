import { z } from 'zod';
import { type DeployTo, deployTargets, endpointName } from '../contracts/deploy-to.js';
import { executionInput } from '../contracts/execution.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import type { Answer } from './answer.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { approvedHash } from './run-plan.js';

const rolledBack = z.object({
  endpoint_name: z.string(),
  from_version: z.string(),
  to_version: z.string(),
  still_serves: z.array(z.enum(deployTargets)),
});

/** `/rollback [production]`: the version that this issue put into service gives way to the one before it; null: where it was put first. */
export async function rollBackRun(
  parts: ControllerParts,
  event: TrackerEvent,
  place: DeployTo | null,
): Promise<Answer> {
  const { issueNumber, actor } = event;
  const say = await answersFor(parts, issueNumber);
  const run = (await parts.runs.list({ issueNumber })).find((one) => one.status === 'in_service');
  if (run === undefined) return { say: say.nothingToRollBack() };
  const { trainingId } = run;
  const execution = await parts.engine.describeExecution({ name: trainingId });
  const { request } = executionInput.parse(execution.output ?? execution.input).ask;
  const deployTo = place ?? request.deploy_to;
  const result = await parts.rollBack(
    // A run is rolled back once: the same order again finds what was done.
    { training_id: trainingId, state: 'Succeeded', visit: 1, attempt: 0 },
    {
      model_name: request.model_name,
      endpoint_name: endpointName({ model_name: request.model_name, deploy_to: deployTo }),
      deploy_to: deployTo,
      requested_by: actor,
      reason: '/rollback',
      issue_number: issueNumber,
      language: request.language,
    },
  );
  const { endpoint_name: endpoint, from_version: from, to_version: to, still_serves: still } = rolledBack.parse(result);
  const told = say.rolledBack(inlineCode(endpoint), from, to, still);
  // Where it serves besides it stays in service, and so does its run.
  const about = { training_id: trainingId, plan_hash: approvedHash(execution.output) };
  if (still.length > 0) return { say: told, act: { kind: 'done', ...about } };
  return { say: told, act: { kind: 'rolled_back', issue_number: issueNumber, ...about } };
}
