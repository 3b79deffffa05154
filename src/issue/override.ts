import { approvalQuestion, type Replan } from '../contracts/execution.js';
import { approvalMessages } from '../messages/approval.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { overrideRequest, type RequestChange } from '../request/change-request.js';
import { inlineCode } from '../request/escape.js';
import { writtenFields } from '../request/parse-body.js';
import type { Answer } from './answer.js';
import { judgeAuthor } from './author.js';
import { commandProblems } from './commands.js';
import { answersFor, type ControllerParts, issueValue } from './controller-parts.js';
import { isEditedMeanwhile } from './issue-text.js';
import { goOnWith, waitingQuestion } from './open-run.js';
import { askFor } from './start-run.js';

/** `/override` + YAML: a new plan with the change in it; the comment is its approval when its author may approve. */
export async function override(
  parts: ControllerParts,
  event: TrackerEvent,
  change: RequestChange,
  edited: boolean,
): Promise<Answer> {
  const { issueNumber, actor } = event;
  const waiting = await waitingQuestion(parts, issueNumber, approvalQuestion);
  if (waiting === null) return { say: (await answersFor(parts, issueNumber)).nothingToOverride() };
  if (await isEditedMeanwhile(parts, issueNumber)) {
    const { language } = waiting.question.ask.request;
    return { say: (await answersFor(parts, issueNumber)).notApproved(approvalMessages[language].issueEdited) };
  }
  const { request: before, requested_by: requestedBy, explicit_fields: fieldsBefore } = waiting.question.ask;
  const changed = overrideRequest(before, change);
  if (!changed.ok) return { say: commandProblems('override', changed.problems, changed.language) };
  const { request } = changed;
  await parts.runs.setValue({ key: issueValue.language(issueNumber), value: request.language });
  const say = await answersFor(parts, issueNumber);
  const verdict = await judgeAuthor(parts, event, { request, requestedBy, edited });
  const ask = await askFor(parts, {
    issueNumber,
    request,
    fields: [...fieldsBefore, ...writtenFields(change.data)],
    requestedBy,
    preApproval: verdict.accepted ? { by: actor, how: 'override', at: event.at, comment_id: event.commentId } : null,
  });
  const output: Replan = { decision: 'replan', ask };
  return {
    say: verdict.accepted ? say.overridden(inlineCode(actor)) : `${say.replanned()} ${say.notApproved(verdict.why)}`,
    act: goOnWith(waiting, output, request.model_name),
  };
}
