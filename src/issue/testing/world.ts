import { createLocalAuditLog } from '../../adapters/local/audit-log.js';
import { createLocalEffectJournal } from '../../adapters/local/effect-journal.js';
import { createLocalIssueTracker } from '../../adapters/local/issue-tracker.js';
import { createLocalRunIndex } from '../../adapters/local/run-index.js';
import { createLocalTaskLedger } from '../../adapters/local/task-ledger.js';
import type { AgentContext } from '../../agents/agent.js';
import { approvalAgent } from '../../agents/approval.js';
import { operatorInputAgent } from '../../agents/operator-input.js';
import { planOf } from '../../agents/plan-of.js';
import type { VersionFate } from '../../capabilities/model-registry/logic/version-fate.js';
import { appliedOf, datasetOf, planHash as digest } from '../../capabilities/testing/fixtures.js';
import { ask as askSchema } from '../../contracts/execution.js';
import { type Database, openDatabase } from '../../db.js';
import type { RunRecord } from '../../ports/run-index.js';
import { parseBody } from '../../request/parse-body.js';
import { planHash } from '../../request/plan-hash.js';
import type { AgentResult } from '../../workflow/agent-result.js';
import type { EngineClock } from '../../workflow/engine/durable/clock.js';
import { createEmbeddedEngine, type EmbeddedEngine } from '../../workflow/engine/durable/embedded-engine.js';
import { TaskSettler } from '../../workflow/settle-task.js';
import { definitionFor } from '../../workflow/state-machine.js';
import { runOf, type TaskMessage } from '../../workflow/task-message.js';
import { taskMessageOf } from '../../workflow/testing/task-message-of.js';
import { FakeJobs } from '../../workflow/testing/fake-jobs.js';
import { TaskWorker } from '../../workflow/worker.js';
import { Controller } from '../controller.js';
import type { ControllerParts } from '../controller-parts.js';
import { StatusKeeper } from '../status-keeper.js';
import { People } from './people.js';

const policy: ControllerParts['policy'] = { minimum: 'write', production_requires_second_person: true };
const installation: AgentContext['installation'] = { code_digest: digest, environment_digest: digest, policy };

/** What the states answer that have no agent here. */
function answerOf(state: string): Record<string, unknown> {
  if (state === 'JudgeResults') return { decision: 'pass', message: 'good' };
  if (state === 'PackageModel') return { version: '1.0.0' };
  return {};
}

/** Stand-ins for the tools that move a version; of the model's two versions 1.1.0 is the one of the issue. */
const releases: Pick<ControllerParts, 'rollBack' | 'promote'> = {
  rollBack: async (_, { endpoint_name }) => ({
    endpoint_name,
    from_version: '1.1.0',
    to_version: '1.0.0',
    still_serves: endpoint_name === 'churn-production' ? ['staging'] : [],
  }),
  promote: async () => ({
    endpoint_name: 'churn-production',
    version: '1.1.0',
    previous_version: '1.0.0',
    changed: true,
  }),
};

/** One installation on a database in memory, whose tasks are worked when a test says so, and whose data, training and release are words. */
export class IssueWorld {
  readonly db: Database;
  readonly engine: EmbeddedEngine;
  readonly jobs = new FakeJobs();
  readonly now: () => Date;
  readonly people: People;
  readonly parts: ControllerParts;
  readonly keeper: StatusKeeper;
  readonly errors: string[] = [];
  controller: Controller;
  /** What became of the versions of runs, by training id; the others serve. */
  readonly fates = new Map<string, VersionFate>();
  /** What JudgeResults decides next; empty: `pass`. */
  readonly decisions: ('pass' | 'retrain' | 'fail')[] = [];
  readonly #settler: TaskSettler;
  readonly #left: TaskMessage[] = [];

  /** `clock`: by which the engine's timers go off. Default: the machine's. */
  static async make(now: () => Date = tickingClock(), clock?: EngineClock): Promise<IssueWorld> {
    const world = new IssueWorld(now, clock);
    await world.people.arrive();
    world.keeper.start();
    world.controller.start();
    await world.controller.poke();
    return world;
  }

  private constructor(now: () => Date, clock?: EngineClock) {
    this.now = now;
    this.db = openDatabase(':memory:');
    const { db, jobs, errors } = this;
    const poke = (trainingId: string) => this.keeper.poke(trainingId);
    const definition = definitionFor('local');
    const onChange = (names: ReadonlySet<string>) => names.forEach(poke);
    const timed = clock === undefined ? {} : { clock };
    this.engine = createEmbeddedEngine({ db, definition, stateMachineName: 'dandori', onChange, ...timed });
    const { engine } = this;
    const tracker = createLocalIssueTracker({ db, user: 'owner', now });
    const runs = createLocalRunIndex({ db });
    const ledger = createLocalTaskLedger({ db, onChange: poke });
    const effects = createLocalEffectJournal({ db });
    const log = { info: () => undefined, error: (_: object, message: string) => void errors.push(message) };
    this.people = new People(tracker, () => this.controller.poke());
    this.#settler = new TaskSettler({ tokens: engine, ledger, log, now });
    const runAgent = async () => ({ kind: 'done', output: {} }) as const;
    const worker = new TaskWorker({ queue: engine, tokens: engine, ledger, jobs, runAgent, log });
    // The world looks when a test says so, long before these would.
    const fateOf = async ({ trainingId }: RunRecord) => this.fates.get(trainingId) ?? null;
    this.keeper = new StatusKeeper({ runs, ledger, engine, jobs, tracker, fateOf, log, everyMs: 3_600_000, now });
    this.parts = {
      tracker,
      engine,
      tokens: engine,
      ledger,
      runs,
      effects,
      audit: createLocalAuditLog({ db }),
      quota: { openRuns: 100, openRunsPerAuthor: 50 },
      policy,
      log,
      now,
      pollMs: 3_600_000,
      detect: async ({ body }) => {
        const parsed = parseBody(body);
        const { notes, language } = parsed;
        if (!parsed.ok) return { request: null, problems: parsed.problems, notes, fields: [], language };
        return { request: parsed.request, problems: [], notes, fields: parsed.fields, language };
      },
      cancel: (order) => worker.cancel(order),
      ...releases,
    };
    this.controller = new Controller(this.parts);
  }

  async close(): Promise<void> {
    await this.controller.stop();
    await this.keeper.stop();
    this.engine.close();
    this.db.close();
  }

  /** A process takes the place of the one before, on the same database; `parts`: what is different in it. */
  async restart(parts: Partial<ControllerParts> = {}): Promise<void> {
    await this.controller.stop();
    this.controller = new Controller({ ...this.parts, ...parts });
    this.controller.start();
    await this.controller.poke();
  }

  /** Works what there is to work: up to a task of the state `upTo`, which stays, or to where people are waited for, or to the end. */
  async work(upTo?: string): Promise<void> {
    for (let message = await this.#take(); message !== undefined; message = await this.#take()) {
      if (message.state === upTo) {
        this.#left.push(message);
        break;
      }
      await this.#settle(message);
    }
    // The engine tells of its changes a moment after them.
    for (const { trainingId } of await this.parts.runs.list({ open: true })) this.keeper.poke(trainingId);
    await this.keeper.refresh();
    await this.controller.poke();
  }

  /** The runs of an issue, newest first. */
  runsOf(issue: number): Promise<RunRecord[]> {
    return this.parts.runs.list({ issueNumber: issue });
  }

  async lastRun(issue: number): Promise<RunRecord> {
    const [run] = await this.runsOf(issue);
    if (run === undefined) throw new Error(`issue ${issue} has no run`);
    return run;
  }

  async stateOf(issue: number): Promise<string | null> {
    const { trainingId } = await this.lastRun(issue);
    return (await this.engine.describeExecution({ name: trainingId })).currentState;
  }

  /** What the last run of the issue waits to be told. */
  async questionOf(issue: number): Promise<Record<string, unknown>> {
    const { trainingId } = await this.lastRun(issue);
    for (const { waitingFor } of await this.parts.ledger.list({ trainingId }))
      if (waitingFor.kind === 'person') return waitingFor.question as Record<string, unknown>;
    throw new Error(`issue ${issue} asks nothing`);
  }

  async #take(): Promise<TaskMessage | undefined> {
    const left = this.#left.shift();
    if (left !== undefined) return left;
    const [received] = await this.engine.receive({ maxMessages: 1, visibilityTimeoutMs: 3_600_000 });
    if (received === undefined) return undefined;
    await this.engine.delete(received);
    return taskMessageOf(received.body);
  }

  async #settle(message: TaskMessage): Promise<void> {
    if (await this.#settler.endIfCancelled(message)) return;
    const result = await this.#run(message);
    if (result.kind === 'done') await this.#settler.succeed(message, result.output);
    else await this.#settler.park(message, result);
  }

  async #run(message: TaskMessage): Promise<AgentResult> {
    const { state, input } = message;
    const tools = { call: () => Promise.reject(new Error('no tools here')), close: async () => undefined };
    const context: AgentContext = { run: runOf(message), tools, installation, now: this.now };
    if (state === 'WaitForOptimizationApproval') return approvalAgent.work(input, context);
    if (state === 'WaitForOperatorInput') return operatorInputAgent.work(input, context);
    if (state === 'OptimizeWorkflow') return { kind: 'done', output: await this.#propose(input) };
    if (state === 'NotifyOperator') return { kind: 'done', output: await this.#askOperator(input) };
    const decision = state === 'JudgeResults' ? this.decisions.shift() : undefined;
    return { kind: 'done', output: { ...answerOf(state), ...(decision === undefined ? {} : { decision }) } };
  }

  async #propose(input: Record<string, unknown>): Promise<Record<string, unknown>> {
    const { request } = askSchema.parse(input['ask']);
    const { datasetId: dataset_id, version, digest: content } = datasetOf();
    const dataset = { dataset_id, version, digest: content };
    const plan = planOf({ request, applied: appliedOf(request), dataset, scriptDigests: [], installation });
    const plan_hash = planHash(plan);
    const issueNumber = Number(input['issue_number']);
    const { id, url } = await this.parts.tracker.createComment({ issueNumber, body: `The plan ${plan_hash}` });
    const none = { training_seconds: null, total_seconds: null, metric: null, cost_usd: null };
    const reductions = { training_time_reduction: null, cost_reduction: null, accuracy_improvement: null };
    const estimated_impact = { basis: 'no history yet', runs: 0, ...none, ...reductions };
    const asked_at = this.now().toISOString();
    return {
      plan,
      plan_hash,
      estimated_impact,
      proposal_s3: 'proposal.json',
      comment_id: id,
      comment_url: url,
      asked_at,
    };
  }

  async #askOperator(input: Record<string, unknown>): Promise<Record<string, unknown>> {
    const execution = input['execution'] as { issue_number: number };
    const issueNumber = execution.issue_number;
    const { id, url } = await this.parts.tracker.createComment({ issueNumber, body: 'Which hyperparameters now?' });
    const nowhere = { slack_message_ts: null, email_message_id: null };
    return { notification_status: 'success', comment_id: id, github_comment_url: url, ...nowhere };
  }
}

/** One second passes each time that somebody looks at it. */
function tickingClock(): () => Date {
  let at = Date.parse('2026-01-31T09:30:00Z');
  return () => new Date((at += 1_000));
}
