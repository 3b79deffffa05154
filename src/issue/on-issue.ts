import { isDeepStrictEqual } from 'node:util';
import { approvalQuestion, type ApprovalQuestion } from '../contracts/execution.js';
import type { TrainingRequest } from '../contracts/request.js';
import type { Issue, TrackerEvent } from '../ports/issue-tracker.js';
import type { RunRecord } from '../ports/run-index.js';
import type { WaitingTask } from '../ports/task-ledger.js';
import { renderProblems } from '../request/render-problems.js';
import { answersFor, type ControllerParts, type EventResult, issueValue } from './controller-parts.js';
import { labels, type StatusLabel, withStatusLabel } from '../request/labels.js';
import { mayAct } from './policy.js';
import { reply } from './reply.js';
import { askFor, isStartInterrupted, startRun } from './start-run.js';

/** The approval that a run waits for, with the task that holds its token. */
export async function waitingApproval(
  parts: ControllerParts,
  trainingId: string,
): Promise<{ task: WaitingTask; question: ApprovalQuestion } | null> {
  for (const task of await parts.ledger.list({ trainingId })) {
    if (task.waitingFor.kind !== 'person') continue;
    const question = approvalQuestion.safeParse(task.waitingFor.question);
    if (question.success) return { task, question: question.data };
  }
  return null;
}

/** An issue was opened, labelled or edited: start a run, plan anew, or say what is wrong. */
export async function onIssue(parts: ControllerParts, event: TrackerEvent): Promise<EventResult> {
  // Events may come late or out of order: what counts is the issue as it is now.
  const issue = await parts.tracker.getIssue({ number: event.issueNumber });
  if (!issue.labels.includes(labels.train)) return 'done';
  if (await isStartInterrupted(parts, event)) return takeRequest(parts, event, issue, issue.body, undefined);
  const runs = await parts.runs.list({ issueNumber: issue.number });
  const open = runs.find((run) => run.endedAt === null);
  if (event.kind !== 'issue_edited' && open !== undefined) return 'done';
  // The label of a finished request may be set again by hand; its opening is not a second request.
  if (event.kind === 'issue_opened' && runs.length > 0) return 'done';
  return takeRequest(parts, event, issue, issue.body, open);
}

/** Reads a request from a text (the issue's body, or a corrected block in a comment) and acts on it. */
export async function takeRequest(
  parts: ControllerParts,
  event: TrackerEvent,
  issue: Issue,
  body: string,
  open: RunRecord | undefined,
): Promise<EventResult> {
  const say = await answersFor(parts, issue.number);
  if (!mayAct(await parts.tracker.getPermission({ user: event.actor }), parts.policy, event.actor)) {
    await reply(parts, event, 'no-right', say.noRight(event.actor, 'start a training', parts.policy.minimum));
    return 'done';
  }
  const { request, problems, notes, fields, language } = await parts.detect({
    number: issue.number,
    labels: issue.labels,
    body,
  });
  if (request === null) {
    await reply(parts, event, 'problems', renderProblems(problems, language, { notes }));
    if (open === undefined) await setLabel(parts, issue, labels.invalid);
    else await withdraw(parts, open);
    return 'done';
  }
  await parts.runs.setValue({ key: issueValue.language(issue.number), value: language });
  if (notes.length > 0) await reply(parts, event, 'notes', notes.map((note) => `- ${note}`).join('\n'));
  if (open !== undefined) return replan(parts, event, open, { request, fields });
  await startRun(parts, event, { request, fields });
  return 'done';
}

async function setLabel(parts: ControllerParts, issue: Issue, label: StatusLabel): Promise<void> {
  await parts.tracker.updateIssue({ number: issue.number, labels: withStatusLabel(issue.labels, label) });
}

/** The edited issue is not a valid request: the old proposal shows something that is no longer asked for. */
async function withdraw(parts: ControllerParts, run: RunRecord): Promise<void> {
  const waiting = await waitingApproval(parts, run.trainingId);
  if (waiting === null) return;
  const question = { ...waiting.question, plan_hash: null };
  await parts.ledger.put({ ...waiting.task, waitingFor: { kind: 'person', question } });
}

async function replan(
  parts: ControllerParts,
  event: TrackerEvent,
  run: RunRecord,
  { request, fields }: { request: TrainingRequest; fields: readonly string[] },
): Promise<EventResult> {
  const say = await answersFor(parts, event.issueNumber);
  const waiting = await waitingApproval(parts, run.trainingId);
  if (waiting === null) {
    const execution = await parts.engine.describeExecution({ name: run.trainingId });
    const planning =
      execution.currentState === 'OptimizeWorkflow' || execution.currentState === 'WaitForOptimizationApproval';
    // Still planning: the event comes again when the proposal stands.
    if (planning) return 'later';
    await reply(parts, event, 'too-late', say.editedTooLate());
    return 'done';
  }
  const { task, question } = waiting;
  const unchanged = isDeepStrictEqual(question.ask.request, request);
  if (unchanged && question.plan_hash !== null) return 'done';
  const ask = await askFor(parts, {
    issueNumber: event.issueNumber,
    request,
    fields,
    requestedBy: run.requestedBy,
    preApproval: null,
  });
  await parts.tokens.sendTaskSuccess({ taskToken: task.taskToken, output: { decision: 'replan', ask } });
  await parts.ledger.remove({ taskToken: task.taskToken });
  await parts.runs.update({ trainingId: run.trainingId, modelName: request.model_name });
  await reply(parts, event, 'replanned', say.replanned());
  return 'done';
}
