import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { approvedPlan } from '../contracts/execution.js';
import { plan, type Plan } from '../contracts/plan.js';
import { DandoriError, messageOf } from '../errors.js';
import { statesOf } from '../history/states-of.js';
import { findMarked, postMarked } from '../capabilities/shared/marked-comment.js';
import { once } from '../ports/effect-journal.js';
import type { RunIndex, RunRecord } from '../ports/run-index.js';
import type { HistoryEvent } from '../ports/workflow-engine.js';
import { inlineCode } from '../request/escape.js';
import { labels } from '../request/labels.js';
import { outcomeOf } from './audit.js';
import { authorOf } from './author.js';
import { type ControllerParts, issueValue } from './controller-parts.js';
import { mayAct } from './policy.js';
import { stateToRerunFrom } from './rerun-from.js';
import { approvedHash, lastInput } from './run-plan.js';
import { rerunMessages } from './rerun-messages.js';

/** What a person orders; `from` null: the state that failed. */
export interface RerunOrder {
  trainingId: string;
  from: string | null;
  by: string;
  /** What of this installation is no longer what an approved plan was made for; empty: the plan still says what will run. */
  changedSince: (plan: Plan) => Promise<string[]>;
}

const rerunRecord = z.object({
  training_id: z.string(),
  issue_number: z.number().int(),
  from: z.string(),
  by: z.string(),
  at: z.string(),
  /** 1 for the first re-run: the redrive count of the execution from then on. */
  number: z.number().int().min(1),
});

/** One re-run of a run: who ordered it, when, and from which state. */
export type Rerun = z.infer<typeof rerunRecord>;

const pendingKey = 'rerun/pending';
const recordKey = (trainingId: string, number: number) => `run/${trainingId}/rerun/${number}`;

/** States that ask for an approval: what approved the request with the asking counts for its first run only. */
const asking = new Set(['OptimizeWorkflow', 'WaitForOptimizationApproval']);
/** States that lead to the training under a plan which was shown or approved before. */
const planned = new Set([
  'WaitForOptimizationApproval',
  'PrepareData',
  'TrainModel',
  'NotifyOperator',
  'WaitForOperatorInput',
]);

async function requireRight(parts: ControllerParts, { trainingId, by }: RerunOrder): Promise<void> {
  const author = await authorOf(parts, { actor: by });
  if (mayAct(author)) return;
  throw new DandoriError('not_allowed', `${by} may not run ${trainingId} again.`, {
    found: `the permission "${author.permission}"`,
    allowed: `the permission "${author.policy.minimum}", for a person`,
  });
}

/** A run of an issue is run again only when it is the issue's last and nothing else is under way there. */
async function requireEnded(parts: ControllerParts, run: RunRecord): Promise<void> {
  const { trainingId, issueNumber } = run;
  const runs = await parts.runs.list({ issueNumber });
  const open = runs.find((one) => one.endedAt === null);
  if (open !== undefined) {
    throw new DandoriError('wrong_state', `${trainingId} cannot be run again now.`, {
      found:
        open.trainingId === trainingId ? `it is ${open.status}` : `${open.trainingId} of the issue is ${open.status}`,
      allowed: 'one open run an issue',
      next: `wait for its end, or npx dandori comment ${issueNumber} /cancel`,
    });
  }
  const [newest] = runs;
  if (newest !== undefined && newest.trainingId !== trainingId) {
    throw new DandoriError('wrong_state', `${trainingId} is not the last run of issue #${issueNumber}.`, {
      found: `${newest.trainingId} came after it`,
      next: `npx dandori rerun ${newest.trainingId}`,
    });
  }
  const issue = await parts.tracker.getIssue({ number: issueNumber });
  if (!issue.labels.includes(labels.invalid)) return;
  throw new DandoriError('wrong_state', `${trainingId} is not what issue #${issueNumber} asks for any more.`, {
    found: 'the issue was edited and is not a valid request',
    next: 'mend the issue: that starts a new run.',
  });
}

const withPlan = z.union([
  z.object({ approval: approvedPlan }).transform(({ approval }) => approval.plan),
  z.object({ optimization: z.object({ plan }) }).transform(({ optimization }) => optimization.plan),
]);

/** An approval counts for what will run: when that changed meanwhile, only a new plan can be approved. */
async function requirePlan(order: RerunOrder, from: string, input: Record<string, unknown>): Promise<void> {
  if (!planned.has(from)) return;
  const { trainingId, changedSince } = order;
  const changed = await changedSince(withPlan.parse(input));
  if (changed.length === 0) return;
  throw new DandoriError('wrong_state', `${trainingId} cannot be run again from ${from}: its plan is out of date.`, {
    found: `changed since: ${changed.join(', ')}`,
    allowed: 'the code and the environment that the plan was approved for',
    next: `npx dandori rerun ${trainingId} --from OptimizeWorkflow plans anew and asks for approval.`,
  });
}

const asked = z.looseObject({ ask: z.looseObject({ pre_approval: z.unknown() }) });

/** The input without the approval that came with the asking; undefined where the state is given what it had. */
function inputFor(events: readonly HistoryEvent[], from: string): Record<string, unknown> | undefined {
  if (!asking.has(from)) return undefined;
  const input = asked.parse(lastInput(events, from));
  return { ...input, ask: { ...input.ask, pre_approval: null } };
}

async function tell(parts: ControllerParts, { training_id: id, issue_number: issue, ...rerun }: Rerun): Promise<void> {
  const { tracker, effects, runs } = parts;
  const say = rerunMessages[(await runs.getValue({ key: issueValue.language(issue) })) === 'ja' ? 'ja' : 'en'];
  const line = say.rerun(inlineCode(rerun.by), inlineCode(id), inlineCode(rerun.from));
  const key = `issue-${issue}/rerun-${id}/${rerun.number}`;
  await once(effects, key, {
    find: async () => (await findMarked(tracker, issue, key))?.id ?? null,
    act: async () => {
      const body = asking.has(rerun.from) ? line + say.approveAgain : line;
      return (await postMarked(tracker, issue, key, body)).id;
    },
  });
}

/** Each step finds out whether it was done: a re-run that was interrupted is carried out to its end. */
async function carryOut(parts: ControllerParts, rerun: Rerun): Promise<void> {
  const { engine, ledger, runs, log } = parts;
  const { training_id: trainingId, from, number } = rerun;
  const execution = await engine.describeExecution({ name: trainingId });
  if (execution.redriveCount < number) {
    // An answered cancellation and questions that nobody may answer any more belong to the time before.
    await ledger.forget({ trainingId });
    const input = inputFor(await engine.getExecutionHistory({ name: trainingId }), from);
    await engine.redriveExecution({ name: trainingId, fromState: from, ...(input === undefined ? {} : { input }) });
  }
  await runs.setValue({ key: recordKey(trainingId, number), value: JSON.stringify(rerun) });
  await runs.update({ trainingId, status: 'running', endedAt: null });
  // A tracker that cannot be reached pauses the talk, never the work.
  await tell(parts, rerun).catch((error: unknown) =>
    log.error({ trainingId, error: messageOf(error) }, 'the issue could not be told of a re-run'),
  );
  log.info({ trainingId, from, by: rerun.by }, 'a run is run again');
}

/** Carries out the re-run that a stop interrupted, if there is one. */
export async function finishRerun(parts: ControllerParts): Promise<void> {
  const { runs, engine } = parts;
  const pending = await runs.getValue({ key: pendingKey });
  if (pending === null || pending === '') return;
  const record = rerunRecord.parse(JSON.parse(pending));
  const forget = () => runs.setValue({ key: pendingKey, value: '' });
  try {
    await carryOut(parts, record);
  } catch (error) {
    // One that the engine refused is over; one that it began is carried out later.
    const { redriveCount } = await engine.describeExecution({ name: record.training_id });
    if (redriveCount < record.number) await forget();
    throw error;
  }
  await forget();
}

/** Runs an ended run again, from the state that failed or from another; refused with what is allowed. */
export async function rerun(parts: ControllerParts, order: RerunOrder): Promise<Rerun> {
  const { runs, engine, now = () => new Date() } = parts;
  await finishRerun(parts);
  const { trainingId, by } = order;
  const run = await runs.get({ trainingId });
  await requireRight(parts, order);
  await requireEnded(parts, run);
  const execution = await engine.describeExecution({ name: trainingId });
  const events = await engine.getExecutionHistory({ name: trainingId });
  const ended = { run, executionStatus: execution.status, visits: statesOf(events) };
  const from = stateToRerunFrom(ended, order.from);
  await requirePlan(order, from, lastInput(events, from));
  const number = execution.redriveCount + 1;
  const record: Rerun = {
    training_id: trainingId,
    issue_number: run.issueNumber,
    from,
    by,
    at: now().toISOString(),
    number,
  };
  const about = { issueNumber: run.issueNumber, trainingId, planHash: approvedHash(lastInput(events, from)) };
  const told = { action: 'rerun', outcome: 'done', detail: `from ${from}` } as const;
  const audit = { key: `rerun/${trainingId}/${number}`, at: record.at, by, ...about, ...told };
  await runs.setValue({ key: pendingKey, value: JSON.stringify(record), audit });
  await finishRerun(parts);
  return record;
}

/** Keeps that a run was not run again, and why. */
export async function auditRefusedRerun(
  { audit, runs, now = () => new Date() }: Pick<ControllerParts, 'audit' | 'runs' | 'now'>,
  { trainingId, by }: RerunOrder,
  error: unknown,
): Promise<void> {
  // An order may name a run that there is not.
  const run = await runs.get({ trainingId }).catch(() => null);
  await audit.record({
    key: `rerun/${trainingId}/${randomUUID()}`,
    at: now().toISOString(),
    by,
    action: 'rerun',
    outcome: outcomeOf(error),
    issueNumber: run?.issueNumber ?? null,
    trainingId,
    planHash: null,
    detail: messageOf(error),
  });
}

/** The re-runs of a run, oldest first. */
export async function listReruns(runs: RunIndex, trainingId: string, count: number): Promise<Rerun[]> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const found = await Promise.all(numbers.map((number) => runs.getValue({ key: recordKey(trainingId, number) })));
  return found.flatMap((text) => (text === null ? [] : [rerunRecord.parse(JSON.parse(text))]));
}
