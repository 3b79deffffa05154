import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Ask, ApprovedBy, ExecutionInput } from '../contracts/execution.js';
import type { TrainingRequest } from '../contracts/request.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import type { RunRecord } from '../ports/run-index.js';
import { codeOf } from '../errors.js';
import { auditOf, auditRefusal } from './audit.js';
import { judgeAuthor } from './author.js';
import { answersFor, type ControllerParts, issueValue } from './controller-parts.js';
import { reply } from './reply.js';

/** `train-20261121-103000-12`: time of the event and number of the issue; a second one of that moment ends in `-2`. */
function trainingIdFor(event: TrackerEvent, earlier: readonly RunRecord[]): string {
  const digits = event.at.replaceAll(/[-:]/g, '');
  const id = `train-${digits.slice(0, 8)}-${digits.slice(9, 15)}-${event.issueNumber}`;
  const alike = earlier.filter((run) => run.trainingId.startsWith(id)).length;
  return alike === 0 ? id : `${id}-${alike + 1}`;
}

/** Absolute path of a file that a request names: as it is, or beside the submitted file. */
function locate(path: string, baseDir: string | null): string {
  if (isAbsolute(path) || baseDir === null) return path;
  const beside = join(baseDir, path);
  return existsSync(beside) ? beside : path;
}

/** What an execution is asked to do, with the paths of the request's files. */
export async function askFor(
  parts: ControllerParts,
  params: {
    issueNumber: number;
    request: TrainingRequest;
    fields: readonly string[];
    requestedBy: string;
    preApproval: ApprovedBy | null;
  },
): Promise<Ask> {
  const { issueNumber, request, fields, requestedBy, preApproval } = params;
  const baseDir = await parts.runs.getValue({ key: issueValue.baseDir(issueNumber) });
  return {
    request,
    source_path: request.data_source === null ? null : locate(request.data_source.path, baseDir),
    script_path: request.training_script === null ? null : locate(request.training_script.path, baseDir),
    ...(request.inference_script === undefined
      ? {}
      : { inference_script_path: locate(request.inference_script.path, baseDir) }),
    requested_by: requestedBy,
    explicit_fields: [...fields],
    pre_approval: preApproval,
  };
}

/** Approved by whoever started it (`--yes`, `auto_approve`), where the policy lets this person approve at all. */
async function preApproval(
  parts: ControllerParts,
  event: TrackerEvent,
  request: TrainingRequest,
  isFirst: boolean,
): Promise<ApprovedBy | null> {
  const yes = isFirst ? await parts.runs.getValue({ key: issueValue.yes(event.issueNumber) }) : null;
  const how = yes === event.actor ? 'yes' : request.workflow_optimization.auto_approve ? 'auto_approve' : null;
  if (how === null) return null;
  const verdict = await judgeAuthor(parts, event, { request, requestedBy: event.actor, edited: false });
  if (verdict.accepted) return { by: event.actor, how, at: event.at, comment_id: null };
  await auditRefusal(parts, event, 'approve', verdict.why);
  const say = await answersFor(parts, event.issueNumber);
  await reply(parts, event, 'not-approved', say.notApproved(verdict.why));
  return null;
}

/** True when this event has recorded its run, but we died before its execution was started: the start is to be done again. */
export async function isStartInterrupted(parts: ControllerParts, event: TrackerEvent): Promise<boolean> {
  const recorded = (await parts.runs.list({ issueNumber: event.issueNumber })).find((run) => run.eventId === event.id);
  if (recorded === undefined) return false;
  try {
    await parts.engine.describeExecution({ name: recorded.trainingId });
    return false;
  } catch (error) {
    if (codeOf(error) === 'not_found') return true;
    throw error;
  }
}

const approvalOf = ({ pre_approval: given }: Ask): string | null =>
  given === null ? null : `approved with it: ${given.how}`;

/** Starts the execution of a request; the same event again finds the run that it started. */
export async function startRun(
  parts: ControllerParts,
  event: TrackerEvent,
  { request, fields }: { request: TrainingRequest; fields: readonly string[] },
): Promise<void> {
  const { runs, engine, log } = parts;
  const earlier = await runs.list({ issueNumber: event.issueNumber });
  const known = earlier.find((run) => run.eventId === event.id);
  const trainingId = known?.trainingId ?? trainingIdFor(event, earlier);
  const isFirst = earlier.every((run) => run === known);
  const ask = await askFor(parts, {
    issueNumber: event.issueNumber,
    request,
    fields,
    requestedBy: event.actor,
    preApproval: await preApproval(parts, event, request, isFirst),
  });
  await runs.add({
    trainingId,
    issueNumber: event.issueNumber,
    modelName: request.model_name,
    status: 'running',
    requestedBy: event.actor,
    eventId: event.id,
    createdAt: event.at,
    audit: auditOf(parts, event, { action: 'submit', outcome: 'done', detail: approvalOf(ask) }, { trainingId }),
  });
  const input: ExecutionInput = {
    training_id: trainingId,
    issue_number: event.issueNumber,
    ask,
    counters: { visit: 1, current_retry: 0 },
  };
  await engine.startExecution({ name: trainingId, input });
  log.info({ trainingId, issue: event.issueNumber }, 'a run started');
}
