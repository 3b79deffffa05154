import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { approvalQuestion, type Replan } from '../contracts/execution.js';
import type { TrainingRequest } from '../contracts/request.js';
import type { Issue, TrackerEvent } from '../ports/issue-tracker.js';
import type { RunRecord } from '../ports/run-index.js';
import { inlineCode } from '../request/escape.js';
import { commandMessages } from '../messages/commands.js';
import { labels, withStatusLabel } from '../request/labels.js';
import { renderProblems } from '../request/render-problems.js';
import { carryOut } from './answer.js';
import { auditRefusal } from './audit.js';
import { authorOf } from './author.js';
import {
  answersFor,
  type ControllerParts,
  type DetectedRequest,
  type EventResult,
  issueValue,
} from './controller-parts.js';
import { keepText } from './issue-text.js';
import { goOnWith, waitingQuestion } from './open-run.js';
import { mayAct } from './policy.js';
import { refuseRight, reply } from './reply.js';
import { askFor, startRun } from './start-run.js';

/** The edited issue is not a valid request: the old proposal shows something that is no longer asked for. */
async function withdraw(parts: ControllerParts, issueNumber: number): Promise<void> {
  const waiting = await waitingQuestion(parts, issueNumber, approvalQuestion);
  if (waiting === null) return;
  const question = { ...waiting.question, plan_hash: null };
  await parts.ledger.put({ ...waiting.task, waitingFor: { kind: 'person', question } });
}

/** The open run has no proposal to replace: either it stands in a moment, or it was approved and its plan is fixed. */
async function notWaiting(parts: ControllerParts, event: TrackerEvent, run: RunRecord): Promise<EventResult> {
  const { currentState } = await parts.engine.describeExecution({ name: run.trainingId });
  if (currentState === 'OptimizeWorkflow' || currentState === 'WaitForOptimizationApproval') return 'later';
  const say = await answersFor(parts, event.issueNumber);
  await auditRefusal(parts, event, 'edit', say.changedTooLate());
  await reply(parts, event, 'too-late', say.changedTooLate());
  return 'done';
}

/** The issue's text is worked, whatever came of it; one whose run is between two states is not. */
async function keepEdit(parts: ControllerParts, event: TrackerEvent, issue: Issue): Promise<void> {
  if (event.kind !== 'comment_created') await keepText(parts, issue);
}

async function replan(
  parts: ControllerParts,
  event: TrackerEvent,
  run: RunRecord,
  { issue, request, fields }: { issue: Issue; request: TrainingRequest; fields: readonly string[] },
): Promise<EventResult> {
  const { issueNumber } = event;
  const waiting = await waitingQuestion(parts, issueNumber, approvalQuestion);
  if (waiting === null) return notWaiting(parts, event, run);
  // Before the answer: one that is cut off is carried out without coming here again.
  await keepEdit(parts, event, issue);
  const { question } = waiting;
  const say = await answersFor(parts, issueNumber);
  if (question.plan_hash !== null && isDeepStrictEqual(question.ask.request, request)) {
    if (event.kind === 'comment_created') await reply(parts, event, 'answer', say.unchanged());
    return 'done';
  }
  const { requestedBy } = run;
  const ask = await askFor(parts, { issueNumber, request, fields, requestedBy, preApproval: null });
  const output: Replan = { decision: 'replan', ask };
  const answer = { say: say.replanned(), act: goOnWith(waiting, output, request.model_name) };
  await reply(parts, event, 'answer', await carryOut(parts, event, 'edit', answer));
  return 'done';
}

const orderOf = ({ kind }: TrackerEvent): string => (kind === 'issue_edited' ? 'edit' : 'submit');

/** Says what is wrong with a text that is no request. */
async function refuseText(
  parts: ControllerParts,
  event: TrackerEvent,
  body: string,
  { problems, language, notes }: DetectedRequest,
): Promise<void> {
  const why = renderProblems(problems, language, { notes });
  const key = issueValue.refused(event.issueNumber);
  const digest = createHash('sha256')
    .update(JSON.stringify([body, why]))
    .digest('hex');
  const isNew = event.kind === 'issue_opened' || event.kind === 'issue_labeled';
  // A new issue comes as two events, its opening and its label: one answer is enough.
  if (isNew && (await parts.runs.getValue({ key })) === digest) return;
  const fields = [...new Set(problems.map(({ field }) => field || 'text'))].join(', ');
  await auditRefusal(parts, event, orderOf(event), `no valid request: ${fields}`);
  await reply(parts, event, 'problems', why);
  await parts.runs.setValue({ key, value: digest });
}

/** A block in a comment that cannot be read as a request: the issue itself still asks for the plan that waits. */
async function refuseBlock(
  parts: ControllerParts,
  event: TrackerEvent,
  run: RunRecord,
  { problems, language, notes }: Pick<DetectedRequest, 'problems' | 'language' | 'notes'>,
): Promise<EventResult> {
  if ((await waitingQuestion(parts, event.issueNumber, approvalQuestion)) === null)
    return notWaiting(parts, event, run);
  const { unreadableBlock: title, blockAgain: next } = commandMessages[language];
  await reply(parts, event, 'problems', renderProblems(problems, language, { notes, title, next }));
  return 'done';
}

/** Why no more runs may be opened now; null: they may. */
async function tooManyOpen({ runs, quota }: ControllerParts, event: TrackerEvent): Promise<string | null> {
  const { issueNumber, actor } = event;
  // A start that was interrupted has its place.
  if ((await runs.list({ issueNumber })).some(({ eventId }) => eventId === event.id)) return null;
  const { all, own } = await runs.countOpen({ requestedBy: actor });
  const say = await answersFor({ runs }, issueNumber);
  if (own >= quota.openRunsPerAuthor) return say.tooManyOpen('own', quota.openRunsPerAuthor);
  return all >= quota.openRuns ? say.tooManyOpen('all', quota.openRuns) : null;
}

/** Reads a request from a text (the issue's body, or a corrected block in a comment) and acts on it; `open`: the run that it changes. */
export async function takeRequest(
  parts: ControllerParts,
  event: TrackerEvent,
  issue: Issue,
  body: string,
  open?: RunRecord,
): Promise<EventResult> {
  if (!mayAct(await authorOf(parts, event))) {
    const say = await answersFor(parts, issue.number);
    const why = say.noRight(inlineCode(event.actor), null, parts.policy.minimum);
    await keepEdit(parts, event, issue);
    await auditRefusal(parts, event, orderOf(event), why);
    await refuseRight(parts, event, 'request', why);
    return 'done';
  }
  const detected = await parts.detect({ number: issue.number, labels: issue.labels, body });
  const { request, problems, notes, fields, language } = detected;
  if (request === null && open !== undefined && event.kind === 'comment_created') {
    return refuseBlock(parts, event, open, { problems, language, notes });
  }
  if (request === null) {
    await keepEdit(parts, event, issue);
    await refuseText(parts, event, body, detected);
    if (open !== undefined) await withdraw(parts, issue.number);
    else {
      const invalid = withStatusLabel(issue.labels, labels.invalid);
      await parts.tracker.updateIssue({ number: issue.number, labels: invalid });
    }
    return 'done';
  }
  await parts.runs.setValue({ key: issueValue.language(issue.number), value: language });
  if (notes.length > 0) await reply(parts, event, 'notes', notes.map((note) => `- ${note}`).join('\n'));
  if (open !== undefined) return replan(parts, event, open, { issue, request, fields });
  const tooMany = await tooManyOpen(parts, event);
  if (tooMany !== null) {
    await auditRefusal(parts, event, 'submit', tooMany);
    await reply(parts, event, 'too-many', tooMany);
    return 'done';
  }
  await startRun(parts, event, { request, fields });
  return 'done';
}
