import { z } from 'zod';
import type { App } from './app.js';
import { question } from '../contracts/execution.js';
import { codeOf, DandoriError } from '../errors.js';
import type { JobDescription } from '../ports/job-platform.js';
import type { ExecutionDescription, HistoryEvent } from '../ports/workflow-engine.js';
import type { DrawnRun, IssueView, LogAnswer, RunGraph, RunView } from './api-types.js';
import { statesOf } from '../history/states-of.js';
import { listReruns } from '../issue/rerun.js';
import { runLine, runLines } from './run-lines.js';
import { graphOf } from './state-graph.js';

const ended = new Set(['Completed', 'Failed', 'Stopped']);

type Question = NonNullable<RunView['question']>;

/** What a person is asked, and whose answer counts. */
async function askedOf(app: App, trainingId: string): Promise<{ question: Question; otherThan: string | null } | null> {
  for (const { state, since, waitingFor } of await app.ledger.list({ trainingId })) {
    if (waitingFor.kind !== 'person') continue;
    const asked = question.safeParse(waitingFor.question).data;
    const { plan_hash = null, comment_id = null } = asked ?? {};
    const alone = asked?.plan.request.deploy_to === 'production' && app.config.secondPersonForProduction;
    const requester = asked?.kind === 'approval' ? asked.ask.requested_by : (asked?.ask_requested_by ?? null);
    return { question: { state, plan_hash, since, comment_id }, otherThan: alone ? requester : null };
  }
  return null;
}

function jobView(jobs: readonly JobDescription[]): RunView['job'] {
  const job = jobs.find((one) => !ended.has(one.status));
  if (job === undefined) return null;
  const { jobName, status, progressPercent, phase, metrics } = job;
  return { jobName, status, progressPercent, phase, metrics };
}

const record = z.record(z.string(), z.unknown());

/** Data of the newest state that was entered or left: what the states have found so far. */
function dataOf(events: readonly Record<string, unknown>[]): Record<string, unknown> {
  for (const event of events.toReversed()) {
    for (const name of ['stateExitedEventDetails', 'stateEnteredEventDetails']) {
      const details = record.safeParse(event[name]);
      const json = details.success ? (details.data['output'] ?? details.data['input']) : undefined;
      if (typeof json !== 'string') continue;
      const data = record.safeParse(JSON.parse(json));
      if (data.success) return data.data;
    }
  }
  return {};
}

interface Looked {
  view: RunView;
  graph: RunGraph;
}

type Execution = Pick<ExecutionDescription, 'currentState' | 'error' | 'cause' | 'redriveCount'>;

/** A run is recorded a moment before its execution starts: until then it is in no state and nothing has happened. */
async function executionOf({ ports }: App, name: string): Promise<{ execution: Execution; events: HistoryEvent[] }> {
  try {
    const execution = await ports.engine.describeExecution({ name });
    return { execution, events: await ports.engine.getExecutionHistory({ name }) };
  } catch (error) {
    if (codeOf(error) !== 'not_found') throw error;
    return { execution: { currentState: null, redriveCount: 0 }, events: [] };
  }
}

async function look(app: App, id: string): Promise<Looked> {
  const run = await app.runs.get({ trainingId: id });
  const { execution, events } = await executionOf(app, id);
  const jobs = await app.ports.jobs.listJobs({ trainingId: id });
  const asked = await askedOf(app, id);
  const view: RunView = {
    ...(await runLine(app.ports, run)),
    current_state: execution.currentState,
    states: statesOf(events),
    job: jobView(jobs),
    question: asked?.question ?? null,
    error: execution.error ?? null,
    cause: execution.cause ?? null,
    data: dataOf(events),
  };
  const permission = app.config.minimumPermission;
  const graph = graphOf(events, {
    reruns: await listReruns(app.runs, id, execution.redriveCount),
    waitingState: asked?.question.state ?? null,
    waitsFor: asked === null ? null : { permission, other_than: asked.otherThan, since: asked.question.since },
  });
  return { view, graph };
}

/** One run, whole. */
export async function runView(app: App, id: string): Promise<RunView> {
  return (await look(app, id)).view;
}

/** One run with its graph, both of the same moment. */
export async function drawnRun(app: App, id: string): Promise<DrawnRun> {
  const { view, graph } = await look(app, id);
  return { ...view, graph };
}

export async function issueView(app: App, number: number): Promise<IssueView> {
  if (!Number.isInteger(number) || number < 1) {
    throw new DandoriError('invalid_input', 'That is no issue number.', { allowed: 'a whole number from 1' });
  }
  const issue = await app.ports.issues.getIssue({ number });
  const comments = await app.ports.issues.listComments({ issueNumber: number });
  const runs = await app.runs.list({ issueNumber: number });
  return { issue, comments, runs: await runLines(app.ports, runs) };
}

/** Log of the newest job of a phase, live or kept. */
export async function logOf(app: App, trainingId: string, phase: string, offset: number): Promise<LogAnswer> {
  await app.runs.get({ trainingId });
  const state = {
    profiling: 'OptimizeWorkflow',
    preprocessing: 'PrepareData',
    training: 'TrainModel',
    evaluation: 'EvaluateModel',
  }[phase];
  if (state === undefined) {
    throw new DandoriError('invalid_input', 'There is no such log.', {
      found: phase,
      allowed: 'profiling, preprocessing, training, evaluation',
    });
  }
  const jobs = await app.ports.jobs.listJobs({ trainingId });
  const job = jobs
    .filter((one) => one.jobName.includes(`/${state}/`))
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
    .at(-1);
  if (job === undefined)
    return { text: '', next_offset: 0, ended: (await app.runs.get({ trainingId })).endedAt !== null };
  const { text, nextOffset } = await app.ports.jobs.readLog({ jobName: job.jobName, offset });
  return { text, next_offset: nextOffset, ended: ended.has(job.status) };
}
