import type { Replan } from '../contracts/execution.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { writtenFields } from '../request/parse-body.js';
import { overrideRequest, type RequestChange } from '../request/change-request.js';
import { renderProblems } from '../request/render-problems.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import type { CommandResult } from './on-comment.js';
import { waitingApproval } from './on-issue.js';
import { judgePreApproval } from './policy.js';
import { askFor } from './start-run.js';

/** `/override` + YAML: a new plan with the change in it; the comment is its approval when its author may approve. */
export async function override(
  parts: ControllerParts,
  event: TrackerEvent,
  change: RequestChange,
  edited: boolean,
): Promise<CommandResult> {
  const say = await answersFor(parts, event.issueNumber);
  const run = (await parts.runs.list({ issueNumber: event.issueNumber })).find((one) => one.endedAt === null);
  const waiting = run === undefined ? null : await waitingApproval(parts, run.trainingId);
  if (run === undefined || waiting === null) return { say: say.nothingToOverride() };
  const { task, question } = waiting;
  const changed = overrideRequest(question.ask.request, change);
  if (!changed.ok) return { say: renderProblems(changed.problems, changed.language) };
  const { request } = changed;
  const verdict = judgePreApproval({
    actor: event.actor,
    permission: await parts.tracker.getPermission({ user: event.actor }),
    policy: parts.policy,
    requestedBy: question.ask.requested_by,
    deployTo: request.deploy_to,
    language: request.language,
    edited,
  });
  const approved = { by: event.actor, how: 'override' as const, at: event.at, comment_id: event.commentId };
  const ask = await askFor(parts, {
    issueNumber: event.issueNumber,
    request,
    fields: [...question.ask.explicit_fields, ...writtenFields(change.data)],
    requestedBy: question.ask.requested_by,
    preApproval: verdict.accepted ? approved : null,
  });
  const output: Replan = { decision: 'replan', ask };
  await parts.tokens.sendTaskSuccess({ taskToken: task.taskToken, output });
  await parts.ledger.remove({ taskToken: task.taskToken });
  await parts.runs.update({ trainingId: run.trainingId, modelName: request.model_name });
  return { say: verdict.accepted ? say.overridden(event.actor) : `${say.replanned()} ${say.notApproved(verdict.why)}` };
}
