import { z } from 'zod';
import { executionInput } from '../contracts/execution.js';
import { type PromotionApproval, promotionKey } from '../contracts/promotion.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import { inlineCode } from '../request/escape.js';
import type { Answer } from './answer.js';
import { judgeAuthor } from './author.js';
import { answersFor, type ControllerParts } from './controller-parts.js';
import { approvedHash } from './run-plan.js';

const promoted = z.object({
  endpoint_name: z.string(),
  version: z.string(),
  previous_version: z.string().nullable(),
  changed: z.boolean(),
});

/** `/promote`: the version that this issue put into staging serves production too, under the rules of an approval for production. */
export async function promoteRun(parts: ControllerParts, event: TrackerEvent, edited: boolean): Promise<Answer> {
  const { issueNumber, actor } = event;
  const say = await answersFor(parts, issueNumber);
  const run = (await parts.runs.list({ issueNumber })).find((one) => one.status === 'in_service');
  if (run === undefined) return { say: say.nothingToPromote() };
  const { trainingId } = run;
  const execution = await parts.engine.describeExecution({ name: trainingId });
  const { request, requested_by: requestedBy } = executionInput.parse(execution.output ?? execution.input).ask;
  if (request.deploy_to === 'production') return { say: say.servesProduction() };
  const verdict = await judgeAuthor(parts, event, {
    request: { ...request, deploy_to: 'production' },
    requestedBy,
    edited,
  });
  if (!verdict.accepted) return { say: say.notApproved(verdict.why) };
  const approval: PromotionApproval = { by: actor, at: event.at, comment_id: event.commentId };
  await parts.effects.complete({ key: promotionKey(trainingId), result: approval });
  const result = promoted.parse(
    await parts.promote(
      { training_id: trainingId, state: 'Succeeded', visit: 1, attempt: 0 },
      { model_name: request.model_name, issue_number: issueNumber, language: request.language },
    ),
  );
  const { endpoint_name: endpoint, version, previous_version: before, changed } = result;
  const told = changed
    ? say.promoted(inlineCode(endpoint), version, before)
    : say.promotedBefore(inlineCode(endpoint), version);
  const plan_hash = approvedHash(execution.output);
  return { say: told, act: { kind: 'done', training_id: trainingId, plan_hash } };
}
