import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { composeLocal, type LocalParts } from '../../src/compose.js';
import { type Config, readConfig } from '../../src/config.js';
import type { IssueView } from '../../src/entry/api-types.js';
import { startServer } from '../../src/entry/server.js';
import { loansFields } from '../../src/request/testing/loans.js';
import { copyRun, type RunMarks } from './copy-run.js';
import type { TaskMessage } from '../../src/workflow/task-message.js';
import { taskMessageOf } from '../../src/workflow/testing/task-message-of.js';

// An installation under load: many runs that wait for a person and many whose training is queued. One run is worked by the
// product itself. The queued ones and the first that waits are led to the same place through the same ports, each with its
// own issue, comments, execution, history, task and line of the list; the others that wait are copies of that first one's
// rows under names, numbers and tokens of their own, since thousands take minutes otherwise. The trainer is a program of a
// few lines that ends when it is told to.

/** Who runs the installation: has `admin`. */
export const owner = 'owner';

export interface Fleet {
  root: string;
  config: Config;
  /** Written by each trainer: `start JOB PID` and `end JOB PID`, in order. */
  trainerLog: string;
  /** A trainer ends when a file with its training id, or `all`, lies here. */
  gates: string;
  /** Training ids in the order of their issues. */
  waiting: string[];
  queued: string[];
  /** The issue of a run. */
  issueOf: (trainingId: string) => number;
}

export interface FleetSize {
  waiting: number;
  queued: number;
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const watchdogMs = 120_000;

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + watchdogMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${watchdogMs / 1000} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A few hundred rows in which one column decides. */
function dataset(): string {
  const rows = Array.from(
    { length: 240 },
    (_, at) => `${at % 60},${(at * 7) % 50},${at % 60 > (at * 7) % 50 ? 'yes' : 'no'}`,
  );
  return ['income,debt,good', ...rows].join('\n');
}

const body = `Please train this.\n\n\`\`\`json\n${JSON.stringify(loansFields(), null, 2)}\n\`\`\`\n`;

/** A Python environment as the product finds it, whose interpreter waits at a gate and fails. */
function makeTrainer(root: string): { pythonPath: string; trainerLog: string; gates: string } {
  const [bin, gates, trainerLog] = [join(root, 'env', 'bin'), join(root, 'gates'), join(root, 'trainers.log')];
  for (const folder of [bin, gates]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'env', 'dandori-stamp.json'), JSON.stringify({ digest: 'f'.repeat(64), python: '3.12.0' }));
  const script = [
    '#!/bin/sh',
    `end() { echo "end $TRAINING_JOB_NAME $$" >> '${trainerLog}'; exit "$1"; }`,
    'trap "end 143" TERM',
    `echo "start $TRAINING_JOB_NAME $$" >> '${trainerLog}'`,
    'run=${TRAINING_JOB_NAME%%/*}',
    `until [ -e '${gates}/all' ] || [ -e "${gates}/$run" ]; do sleep 0.2; done`,
    'echo "Told to end." > "$DANDORI_ML_ROOT/output/failure"',
    'end 1',
  ];
  const pythonPath = join(bin, 'python');
  writeFileSync(pythonPath, `${script.join('\n')}\n`);
  chmodSync(pythonPath, 0o755);
  writeFileSync(trainerLog, '');
  return { pythonPath, trainerLog, gates };
}

const numbersFrom = { issues: 5_170_340, issue_comments: 7_390_126 };

const object = z.record(z.string(), z.unknown());

/** What the one run that the product worked itself left at each step. */
interface Template {
  message: TaskMessage;
  optimization: Record<string, unknown>;
  question: Record<string, unknown>;
  approval: Record<string, unknown>;
  data: Record<string, unknown>;
  /** Comments of Dandori while it waited for the approval. */
  comments: string[];
}

/** Takes one request to its training and cancels it there. */
async function workTemplate(config: Config, dataDir: string): Promise<Template> {
  const server = await startServer({ config, active: true, http: false, log: quiet });
  const { app, api } = server;
  try {
    const submission = { title: 'Loans', body, base_dir: dataDir, yes: false };
    const { issue_number: number } = await api.post<{ issue_number: number }>('/api/requests', submission);
    const show = () => api.get<IssueView>(`/api/issues/${number}`);
    const task = async (kind: 'person' | 'job', state: string) => {
      const [run] = (await show()).runs;
      if (run === undefined) return undefined;
      if (run.ended_at !== null) throw new Error(`The first run ended as ${run.status}.`);
      const tasks = await app.ledger.list({ trainingId: run.training_id });
      return tasks.find((one) => one.waitingFor.kind === kind && one.state === state);
    };
    const asked = await eventually('the proposal', () => task('person', 'WaitForOptimizationApproval'));
    await eventually('the status', async () => ((await show()).runs[0]?.status === 'waiting' ? true : undefined));
    const comments = (await show()).comments.filter((one) => one.bySelf).map((one) => one.body);
    await api.post(`/api/issues/${number}/comments`, { body: '/approve' });
    const training = await eventually('the training', () => task('job', 'TrainModel'));
    await api.post(`/api/issues/${number}/comments`, { body: '/cancel' });
    await eventually('the end of the first run', async () => (await show()).runs[0]?.ended_at ?? undefined);
    const [message, trainee] = [taskMessageOf(asked.body), taskMessageOf(training.body)];
    return {
      message,
      optimization: object.parse(message.input['optimization']),
      question: object.parse(asked.waitingFor.kind === 'person' ? asked.waitingFor.question : null),
      approval: object.parse(trainee.input['approval']),
      data: object.parse(trainee.input['data']),
      comments,
    };
  } finally {
    await app.ports.endpoints.stopRouter();
    await server.close();
  }
}

interface Planned {
  trainingId: string;
  issue: number;
  /** Comment with the proposal. */
  commentId: string;
}

/** Opens issues and starts their executions; answers them in order. */
async function open(parts: LocalParts, template: Template, count: number): Promise<Planned[]> {
  const { runs, ports } = parts;
  const known = template.message.training_id;
  const planned: Planned[] = [];
  for (let at = 0; at < count; at += 1) {
    const { number: issue } = await ports.issues.createIssue({
      title: 'Loans',
      body,
      labels: ['mlops:train'],
      author: owner,
    });
    const createdAt = new Date(Date.parse('2026-01-02T03:00:00Z') + issue * 1000).toISOString();
    const trainingId = `train-20260102-${createdAt.slice(11, 19).replaceAll(':', '')}-${issue}`;
    let commentId = '';
    for (const text of template.comments) {
      const comment = await ports.issues.createComment({
        issueNumber: issue,
        body: text.replaceAll(known, trainingId),
      });
      if (text.includes(String(template.optimization['plan_hash'])) && commentId === '') commentId = comment.id;
    }
    const seed = { trainingId, issueNumber: issue, modelName: 'loans', requestedBy: owner, eventId: `event-${issue}` };
    await runs.add({ ...seed, status: 'running', createdAt });
    const ask = object.parse(template.message.input['ask']);
    const counters = { visit: 1, current_retry: 0 };
    await ports.engine.startExecution({
      name: trainingId,
      input: { training_id: trainingId, issue_number: issue, ask, counters },
    });
    planned.push({ trainingId, issue, commentId });
  }
  return planned;
}

/** Works every message that is on the queue now, which must be of one state. */
async function work(parts: LocalParts, state: string, count: number, act: (message: TaskMessage) => Promise<void>) {
  const { engine } = parts.ports;
  for (let left = count; left > 0; left -= 1) {
    const [received] = await engine.receive({ maxMessages: 1, visibilityTimeoutMs: 3_600_000 });
    if (received === undefined) throw new Error(`There are ${left} messages of ${state} too few.`);
    const message = taskMessageOf(received.body);
    if (message.state !== state) throw new Error(`A message of ${message.state} came before one of ${state}.`);
    await act(message);
    await engine.delete({ receiptHandle: received.receiptHandle });
  }
}

/** Runs that are led through the ports: the queued ones, then one that waits. */
async function seed(
  parts: LocalParts,
  template: Template,
  queued: number,
): Promise<{ queued: string[]; first: RunMarks }> {
  const { runs, ledger, ports } = parts;
  const { engine } = ports;
  const planned = await open(parts, template, queued + 1);
  const of = (message: TaskMessage) => {
    const found = planned.find((one) => one.trainingId === message.training_id);
    if (found === undefined) throw new Error(`The run ${message.training_id} is none of ours.`);
    return found;
  };
  const tokens: string[] = [];
  const answer = (message: TaskMessage, output: unknown) =>
    engine.sendTaskSuccess({ taskToken: message.task_token, output });
  const since = new Date().toISOString();
  const first = planned.at(-1);
  if (first === undefined) throw new Error('There is no run that waits.');
  await work(parts, 'OptimizeWorkflow', planned.length, (message) => {
    if (message.training_id === first.trainingId) tokens.push(message.task_token);
    return answer(message, { ...template.optimization, comment_id: of(message).commentId, asked_at: since });
  });
  await work(parts, 'WaitForOptimizationApproval', planned.length, async (message) => {
    const { training_id: trainingId, task_token: taskToken, state } = message;
    if (trainingId !== first.trainingId) return answer(message, template.approval);
    tokens.push(taskToken);
    const question = { ...template.question, issue_number: first.issue, comment_id: first.commentId, asked_at: since };
    await ledger.put({ taskToken, trainingId, state, body: message, waitingFor: { kind: 'person', question }, since });
    await runs.update({ trainingId, status: 'waiting' });
    await ledger.markShown({ taskToken });
  });
  await work(parts, 'PrepareData', queued, (message) => answer(message, template.data));
  const comments = await ports.issues.listComments({ issueNumber: first.issue });
  return {
    queued: planned.slice(0, -1).map((one) => one.trainingId),
    first: {
      trainingId: first.trainingId,
      issue: first.issue,
      commentIds: comments.map((one) => Number(one.id)),
      tokens,
    },
  };
}

/** Makes the state directory of such an installation; its trainings are on the queue of tasks, to be started by the next server. */
export async function makeFleet(size: FleetSize): Promise<Fleet> {
  const root = mkdtempSync(join(tmpdir(), 'dandori-load-'));
  const dataDir = join(root, 'data');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'loans.csv'), dataset());
  const { pythonPath, trainerLog, gates } = makeTrainer(root);
  const stateDir = join(root, 'state');
  const config = readConfig({
    stateDir,
    port: 0,
    servingPort: 0,
    pythonPath,
    user: owner,
    logLevel: 'error',
    maxConcurrentJobs: 10,
  });
  const template = await workTemplate(config, dataDir);
  writeFileSync(trainerLog, '');
  const parts = composeLocal(config, quiet, () => undefined);
  let seeded;
  try {
    parts.db.run('PRAGMA synchronous = OFF');
    // Numbers that stand for nothing else, so that copies can be told apart.
    for (const [table, from] of Object.entries(numbersFrom))
      parts.db.run('UPDATE sqlite_sequence SET seq = ? WHERE name = ?', from, table);
    seeded = await seed(parts, template, size.queued);
    // Their opening was worked: the server is not to read it again.
    const [newest] = parts.db.all('SELECT max(id) AS id FROM issue_events');
    await parts.runs.setValue({ key: 'tracker/cursor', value: String(newest?.['id'] ?? 0) });
  } finally {
    await parts.ports.jobs.close();
    parts.ports.engine.close();
    parts.db.close();
  }
  const { queued, first } = seeded;
  copyRun(join(stateDir, 'dandori.db'), first, size.waiting - 1);
  const prefix = first.trainingId.slice(0, -String(first.issue).length);
  const waiting = Array.from({ length: size.waiting }, (_, at) => `${prefix}${first.issue + at}`);
  const issueOf = (trainingId: string) => Number(trainingId.slice(trainingId.lastIndexOf('-') + 1));
  return { root, config, trainerLog, gates, waiting, queued, issueOf };
}

/** Takes the folder away; servers and routers are ended by whoever started them. */
export function removeFleet(fleet: Fleet): void {
  rmSync(fleet.root, { recursive: true, force: true, maxRetries: 3 });
}
