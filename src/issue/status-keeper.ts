import { z } from 'zod';
import { executionInput, question } from '../contracts/execution.js';
import { codeOf, messageOf } from '../errors.js';
import type { IssueTracker } from '../ports/issue-tracker.js';
import type { JobDescription, JobPlatform } from '../ports/job-platform.js';
import type { RunIndex, RunRecord, RunStatus } from '../ports/run-index.js';
import type { TaskLedger, WaitingTask } from '../ports/task-ledger.js';
import type { ExecutionDescription, WorkflowEngine } from '../ports/workflow-engine.js';
import type { VersionFate } from '../capabilities/model-registry/logic/version-fate.js';
import { writeMarked } from '../capabilities/shared/marked-comment.js';
import { taskErrors } from '../workflow/state-machine.js';
import { statesOf } from '../history/states-of.js';
import type { ToldNotification } from '../messages/notifications.js';
import { renderStatus, type StatusData } from './comments/status.js';
import { labels, type StatusLabel, withStatusLabel } from '../request/labels.js';

export interface StatusKeeperParts {
  runs: RunIndex;
  ledger: TaskLedger;
  engine: WorkflowEngine;
  jobs: JobPlatform;
  tracker: IssueTracker;
  /** What became of the version that a run put into service; null while it serves. Default: null. */
  fateOf?: (run: RunRecord) => Promise<VersionFate | null>;
  /** What a run sent to the channels beside the issue. Default: nothing. */
  toldOf?: (trainingId: string) => Promise<ToldNotification[]>;
  log: { error(details: object, message: string): void };
  /** At most one look in this time: trackers limit how often a comment may be edited. Default 250 ms. */
  everyMs?: number;
  now?: () => Date;
}

const labelOf: Record<RunStatus, StatusLabel> = {
  waiting: labels.waiting,
  running: labels.running,
  in_service: labels.deployed,
  failed: labels.failed,
  cancelled: labels.cancelled,
};

const endedJobs = new Set<JobDescription['status']>(['Completed', 'Failed', 'Stopped']);

function statusOf(execution: ExecutionDescription, waitsForPerson: boolean): RunStatus {
  if (execution.status === 'RUNNING') return waitsForPerson ? 'waiting' : 'running';
  if (execution.status === 'SUCCEEDED') return 'in_service';
  return execution.error === taskErrors.cancelled || execution.status === 'ABORTED' ? 'cancelled' : 'failed';
}

/** What the label tells of a run that ended. */
function fateLabel(status: RunStatus, fate: VersionFate | null): StatusLabel {
  if (fate === null) return labelOf[status];
  return fate.rolled_back === null ? labels.replaced : labels.rolledBack;
}

/** Under which the label of a run's fate is kept, once it is shown. */
const fateKey = (trainingId: string) => `run/${trainingId}/fate`;

/** At a start this many runs are looked at whose version may have been replaced right before the stop. */
const newest = 200;
/** More runs than can be open at once. */
const every = 1_000_000;
/** Lets everybody else have a turn between two looks. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const packaged = z.object({ package: z.object({ version: z.string() }) });

/** Version that the run put into service. */
function versionOf(execution: ExecutionDescription): string | null {
  const output = packaged.safeParse(execution.output);
  return output.success ? output.data.package.version : null;
}

/** Keeps what people see of the open runs up to date: the list, the label and the one living status comment. Only runs that changed are looked at. */
export class StatusKeeper {
  readonly #parts: StatusKeeperParts;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();
  #takingUp: Promise<void> = Promise.resolve();
  #active = false;
  #changed = new Set<string>();

  constructor(parts: StatusKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#active = true;
    this.#unwatch = this.#parts.jobs.watch((job) => void this.#guard(this.#onJob(job)));
    this.#takingUp = this.#guard(this.#takeUp());
  }

  async stop(): Promise<void> {
    this.#active = false;
    this.#unwatch();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#takingUp;
    await this.#work;
  }

  /** Something of this run changed; looked at soon, many changes together. */
  poke(trainingId: string): void {
    if (!this.#active) return;
    this.#changed.add(trainingId);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.refresh();
    }, this.#parts.everyMs ?? 250);
  }

  /** Brings the runs that changed up to date now. */
  refresh(): Promise<void> {
    this.#work = this.#work.then(async () => {
      const changed = this.#changed;
      this.#changed = new Set();
      for (const trainingId of changed) {
        if (!this.#active) return;
        await this.#look(trainingId);
        await nextTurn();
      }
    });
    return this.#work;
  }

  #guard(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) =>
      this.#parts.log.error({ error: messageOf(error) }, 'runs whose status changed could not be found'),
    );
  }

  async #onJob({ jobName }: JobDescription): Promise<void> {
    for (const task of await this.#parts.ledger.list({ jobName })) this.poke(task.trainingId);
  }

  /** What changed right before a stop may not have been shown. Runs that wait as they were shown are left alone: they may be many. */
  async #takeUp(): Promise<void> {
    const { runs, ledger } = this.#parts;
    const shown = new Set(await ledger.listShownRuns());
    for (const { trainingId } of await runs.list({ open: true, limit: every }))
      if (!shown.has(trainingId)) this.poke(trainingId);
    for (const run of await runs.list({ limit: newest })) {
      if (!this.#active) return;
      if (run.endedAt !== null && (await this.#fateToShow(run)) !== null) this.poke(run.trainingId);
    }
  }

  async #fateOf(run: RunRecord): Promise<VersionFate | null> {
    return (await this.#parts.fateOf?.(run)) ?? null;
  }

  /** What has become of an ended run's version since it was last shown; null: nothing. */
  async #fateToShow(run: RunRecord): Promise<{ fate: VersionFate | null; label: StatusLabel } | null> {
    const fate = await this.#fateOf(run);
    const label = fateLabel(run.status, fate);
    const shown = (await this.#parts.runs.getValue({ key: fateKey(run.trainingId) })) ?? labelOf[run.status];
    return label === shown ? null : { fate, label };
  }

  async #refreshEnded(run: RunRecord, execution: ExecutionDescription): Promise<void> {
    const { runs, tracker } = this.#parts;
    const { trainingId, issueNumber } = run;
    const changed = await this.#fateToShow(run);
    if (changed === null) return;
    const body = await this.#body(run, run.status, execution, undefined, changed.fate);
    const [last] = await runs.list({ issueNumber, limit: 1 });
    // The label is that of a later run by now, or of an edit that is no valid request.
    const issue = await tracker.getIssue({ number: issueNumber });
    const keepsLabel = last?.trainingId !== trainingId || issue.labels.includes(labels.invalid);
    await this.#show(run, keepsLabel ? null : changed.label, body);
    await runs.setValue({ key: fateKey(trainingId), value: changed.label });
  }

  async #look(trainingId: string): Promise<void> {
    try {
      await this.#refreshRun(await this.#parts.runs.get({ trainingId }));
    } catch (error) {
      // Recorded and not started yet: its start is a change too.
      if (codeOf(error) === 'not_found') return;
      // A tracker that cannot be reached pauses the talk, never the work.
      this.#parts.log.error({ trainingId, error: messageOf(error) }, 'the status could not be shown; trying again');
      setTimeout(() => this.poke(trainingId), 5_000).unref();
    }
  }

  async #refreshRun(run: RunRecord): Promise<void> {
    const { runs, engine, ledger, now = () => new Date() } = this.#parts;
    const { trainingId } = run;
    const execution = await engine.describeExecution({ name: trainingId });
    const ended = execution.status !== 'RUNNING';
    // Its end was shown before it was written down.
    if (ended && run.endedAt !== null) return this.#refreshEnded(run, execution);
    const tasks = await ledger.list({ trainingId });
    const waiting = tasks.find(({ waitingFor }) => waitingFor.kind === 'person');
    const status = statusOf(execution, waiting !== undefined);
    const end = { version: versionOf(execution), endedAt: execution.stoppedAt ?? now().toISOString() };
    const fate = ended ? await this.#fateOf({ ...run, status, ...end }) : null;
    await this.#show(run, fateLabel(status, fate), await this.#body(run, status, execution, waiting, fate));
    if (ended) {
      await runs.setValue({ key: fateKey(trainingId), value: fateLabel(status, fate) });
      await runs.update({ trainingId, status, ...end });
    } else if (status !== run.status || run.endedAt !== null) await runs.update({ trainingId, status, endedAt: null });
    for (const task of tasks) await ledger.markShown(task);
  }

  /** The status comment, but for its marker. */
  async #body(
    run: RunRecord,
    status: RunStatus,
    execution: ExecutionDescription,
    waiting: WaitingTask | undefined,
    fate: VersionFate | null,
  ): Promise<string> {
    const { engine, jobs } = this.#parts;
    const { trainingId } = run;
    const job = (await jobs.listJobs({ trainingId })).find((one) => !endedJobs.has(one.status)) ?? null;
    const asked = waiting?.waitingFor.kind === 'person' ? question.safeParse(waiting.waitingFor.question) : undefined;
    const input = executionInput.safeParse(execution.input);
    return renderStatus({
      training_id: trainingId,
      model_name: run.modelName,
      status,
      current_state: execution.currentState,
      states: statesOf(await engine.getExecutionHistory({ name: trainingId })),
      job: job === null ? null : { phase: job.phase, progress_percent: job.progressPercent, metrics: job.metrics },
      plan_hash: asked?.data?.plan_hash ?? null,
      fate: fate === null ? null : await this.#fateText(execution, fate),
      notifications: (await this.#parts.toldOf?.(trainingId)) ?? [],
      error: execution.error === undefined ? null : { name: execution.error, cause: execution.cause ?? '' },
      language: input.success ? input.data.ask.request.language : 'en',
    });
  }

  async #fateText(execution: ExecutionDescription, fate: VersionFate): Promise<NonNullable<StatusData['fate']>> {
    const { replaced_by, replaced_by_training_id: trainingId, rolled_back } = fate;
    const other = await this.#parts.runs.get({ trainingId }).catch(() => null);
    const issue_number = other?.issueNumber ?? null;
    return { version: versionOf(execution) ?? '', replaced_by, issue_number, rolled_back };
  }

  /** `label` null: the issue keeps the one it has. */
  async #show(run: RunRecord, label: StatusLabel | null, body: string): Promise<void> {
    const { tracker } = this.#parts;
    await writeMarked(tracker, run.issueNumber, `${run.trainingId}/status`, body);
    if (label === null) return;
    const issue = await tracker.getIssue({ number: run.issueNumber });
    const wanted = withStatusLabel(issue.labels, label);
    if (wanted.join() !== issue.labels.join()) await tracker.updateIssue({ number: issue.number, labels: wanted });
  }
}
