import { z } from 'zod';
import { executionInput, question } from '../contracts/execution.js';
import type { Language } from '../contracts/request.js';
import { messageOf } from '../errors.js';
import type { IssueTracker } from '../ports/issue-tracker.js';
import type { JobDescription, JobPlatform } from '../ports/job-platform.js';
import type { RunIndex, RunRecord, RunStatus } from '../ports/run-index.js';
import type { TaskLedger } from '../ports/task-ledger.js';
import type { ExecutionDescription, WorkflowEngine } from '../ports/workflow-engine.js';
import { writeMarked } from '../capabilities/shared/marked-comment.js';
import { taskErrors } from '../workflow/state-machine.js';
import { statesOf } from '../history/states-of.js';
import { renderStatus } from './comments/status.js';
import { labels, type StatusLabel, withStatusLabel } from '../request/labels.js';

export interface StatusKeeperParts {
  runs: RunIndex;
  ledger: TaskLedger;
  engine: WorkflowEngine;
  jobs: JobPlatform;
  tracker: IssueTracker;
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

const packaged = z.object({ package: z.object({ version: z.string() }) });

/** Version that the run put into service. */
function versionOf(execution: ExecutionDescription): string | null {
  const output = packaged.safeParse(execution.output);
  return output.success ? output.data.package.version : null;
}

/** Keeps what people see of the open runs up to date: the list, the label and the one living status comment. */
export class StatusKeeper {
  readonly #parts: StatusKeeperParts;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();
  #active = false;

  constructor(parts: StatusKeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#active = true;
    this.#unwatch = this.#parts.jobs.watch(() => this.poke());
    this.poke();
  }

  async stop(): Promise<void> {
    this.#active = false;
    this.#unwatch();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work;
  }

  /** Something changed; looked at soon, many changes together. */
  poke(): void {
    if (!this.#active || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#work = this.#work.then(() => this.refresh());
    }, this.#parts.everyMs ?? 250);
  }

  /** Brings every open run up to date now. */
  async refresh(): Promise<void> {
    for (const run of await this.#parts.runs.list({ open: true })) {
      try {
        await this.#refreshRun(run);
      } catch (error) {
        // A tracker that cannot be reached pauses the talk, never the work.
        this.#parts.log.error(
          { trainingId: run.trainingId, error: messageOf(error) },
          'the status could not be shown; trying again',
        );
        setTimeout(() => this.poke(), 5_000).unref();
      }
    }
  }

  async #refreshRun(run: RunRecord): Promise<void> {
    const { runs, engine, ledger, jobs } = this.#parts;
    const execution = await engine.describeExecution({ name: run.trainingId });
    const waiting = (await ledger.list({ trainingId: run.trainingId })).find(
      (task) => task.waitingFor.kind === 'person',
    );
    const asked = waiting?.waitingFor.kind === 'person' ? question.safeParse(waiting.waitingFor.question) : undefined;
    const status = statusOf(execution, waiting !== undefined);
    const job = (await jobs.listJobs({ trainingId: run.trainingId })).find((one) => !endedJobs.has(one.status)) ?? null;
    const input = executionInput.safeParse(execution.input);
    const language: Language = input.success ? input.data.ask.request.language : 'en';
    const body = renderStatus({
      training_id: run.trainingId,
      model_name: run.modelName,
      status,
      current_state: execution.currentState,
      states: statesOf(await engine.getExecutionHistory({ name: run.trainingId })),
      job: job === null ? null : { phase: job.phase, progress_percent: job.progressPercent, metrics: job.metrics },
      plan_hash: asked?.success === true ? asked.data.plan_hash : null,
      error: execution.error === undefined ? null : { name: execution.error, cause: execution.cause ?? '' },
      language,
    });
    await this.#show(run, status, body);
    const ended = execution.status !== 'RUNNING';
    if (status === run.status && !ended) return;
    await runs.update({
      trainingId: run.trainingId,
      status,
      ...(ended
        ? {
            version: versionOf(execution),
            endedAt: execution.stoppedAt ?? (this.#parts.now?.() ?? new Date()).toISOString(),
          }
        : {}),
    });
  }

  async #show(run: RunRecord, status: RunStatus, body: string): Promise<void> {
    const { tracker } = this.#parts;
    await writeMarked(tracker, run.issueNumber, `${run.trainingId}/status`, body);
    const issue = await tracker.getIssue({ number: run.issueNumber });
    const wanted = withStatusLabel(issue.labels, labelOf[status]);
    if (wanted.join() !== issue.labels.join()) await tracker.updateIssue({ number: issue.number, labels: wanted });
  }
}
