import type { IssueView, RunView } from './api-types.js';
import type { ApiClient } from './api-client.js';
import { judgement } from '../contracts/evaluation.js';
import { renderMarkdown, withoutFolded, withoutMarks, withoutPlanned } from './markdown-text.js';
import type { Output } from './output.js';
import type { ProgressLine } from './progress-line.js';
import { refusalOf } from './refusal.js';
import { stateRemark } from './state-remark.js';
import { duration, renderTable } from './table.js';
import { pause } from './until-stopped.js';

const pollMs = 250;
/** An answer that changed nothing for so long was refused: the person is asked again. */
const patienceMs = 3_000;

/** How the end of a followed request is told: exit code 0 only for a model in service. */
export interface Followed {
  run: RunView | null;
  /** Why it did not come to a model in service; null when it did. */
  reason: string | null;
}

export interface FollowOptions {
  api: ApiClient;
  output: Output;
  progress: ProgressLine;
  issueNumber: number;
  /** Asks the person for an answer to the comment shown; null (or its answer): nobody is there, stop and say what waits. */
  ask: ((comment: string, state: string) => Promise<string | null>) | null;
  /** Visits of states that the person knows of: only those after them are told. */
  told?: number;
  /** Ends the following, not the run. */
  signal?: AbortSignal;
  now?: () => number;
}

/** What a person who comes later has to do. */
function waitsFor(run: RunView): string {
  return run.question?.state === 'WaitForOperatorInput'
    ? `it waits for an answer on issue #${run.issue_number}: /retry with adjusted_hyperparameters, or /cancel (npx dandori comment ${run.issue_number})`
    : `it waits for a person: npx dandori approve ${run.training_id}`;
}

class Follower {
  readonly #options: FollowOptions;
  readonly #now: () => number;
  readonly #told = new Set<string>();
  /** When each question was answered, by the time since when it stands. */
  readonly #answeredAt = new Map<string, number>();

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  #issue(): Promise<IssueView> {
    return this.#options.api.get<IssueView>(`/api/issues/${this.#options.issueNumber}`);
  }

  #say(markdown: string): void {
    const { output } = this.#options;
    output.note(renderMarkdown(markdown, output.width));
  }

  #tellStates(run: RunView): void {
    const { output, progress } = this.#options;
    for (const [index, state] of run.states.entries()) {
      const key = `${index}/${state.state}`;
      if (index < (this.#options.told ?? 0) || state.ended_at === null || this.#told.has(key)) continue;
      this.#told.add(key);
      // Choices and passes take no time and tell nobody anything.
      if (state.attempts === 0) continue;
      progress.clear();
      const mark = state.status === 'succeeded' ? '✔' : '✘';
      // Later visits overwrite what the data say about earlier ones.
      const isNewest = run.states.findLastIndex((one) => one.state === state.state) === index;
      const remark = state.error ?? (isNewest ? stateRemark(run, state.state) : '');
      output.note(`${mark} ${state.state.padEnd(28)} ${duration(state.duration_ms).padStart(9)}  ${remark}`.trimEnd());
    }
    const current = run.states.at(-1);
    if (current === undefined || current.ended_at !== null) return;
    const parts = [current.state, jobText(run), duration(this.#now() - Date.parse(current.started_at))];
    progress.show(parts.filter((part) => part !== '').join(' '));
  }

  /** The comment that asks; where it is not named, Dandori's newest. */
  async #question(id: string | null): Promise<string> {
    const { comments } = await this.#issue();
    const newest = comments.findLast((comment) => comment.bySelf && !comment.body.includes('/status -->'));
    return withoutMarks((comments.find((comment) => comment.id === id) ?? newest)?.body ?? '');
  }

  /** False: nobody can answer, the person has to come back. */
  async #answer(run: RunView): Promise<boolean> {
    const { question } = run;
    if (question === null) return true;
    const answeredAt = this.#answeredAt.get(question.since);
    if (answeredAt !== undefined && this.#now() - answeredAt < patienceMs) return true;
    const { progress, ask, api, issueNumber, output } = this.#options;
    progress.clear();
    const comment = await this.#question(question.comment_id);
    if (answeredAt === undefined) {
      output.note('');
      this.#say(withoutFolded(withoutPlanned(comment)));
      output.note('');
    }
    if (ask === null) return false;
    const answer = await ask(comment, question.state);
    if (answer === null) return false;
    const posted = await api.post<{ replies: string[] }>(`/api/issues/${issueNumber}/comments`, { body: answer });
    this.#answeredAt.set(question.since, this.#now());
    for (const reply of posted.replies) this.#say(reply);
    return true;
  }

  /** Null: go on looking. */
  async #look(): Promise<Followed | null> {
    const { api, progress } = this.#options;
    const issue = await this.#issue();
    const line = issue.runs[0];
    if (line === undefined) {
      const reason = refusalOf(issue);
      return reason === null ? null : { run: null, reason };
    }
    const run = await api.get<RunView>(`/api/runs/${line.training_id}`);
    this.#tellStates(run);
    if (line.ended_at !== null) {
      progress.clear();
      const ended = [run.error ?? line.status, run.cause ?? ''].filter((part) => part !== '').join(': ');
      return { run, reason: line.status === 'in_service' ? null : ended };
    }
    return (await this.#answer(run)) ? null : { run, reason: waitsFor(run) };
  }

  async run(): Promise<Followed> {
    const { signal, progress, issueNumber } = this.#options;
    const isStopped = () => signal?.aborted === true;
    while (!isStopped()) {
      const end = await this.#look();
      if (end !== null && !isStopped()) return end;
      await pause(pollMs, signal);
    }
    progress.clear();
    return {
      run: null,
      reason: `it was stopped here; what is there goes on with "npx dandori up" (issue #${issueNumber})`,
    };
  }
}

function jobText(run: RunView): string {
  const { job } = run;
  if (job === null) return '';
  const metrics = Object.entries(job.metrics)
    .filter(([name]) => name !== 'progress')
    .slice(-2)
    .map(([name, value]) => `${name}=${Number.isInteger(value) ? value : value.toFixed(4)}`);
  return [`${(job.progressPercent ?? 0).toFixed(0)} %`, job.phase ?? job.status, ...metrics].join(' ');
}

/** Follows a request to its end: each state as it ends, the live metric, and the questions to the person. */
export function follow(options: FollowOptions): Promise<Followed> {
  return new Follower(options).run();
}

/** The verdict table of a run for the terminal; empty when it was not judged. */
export function verdictTable(run: RunView, width: number = Number.POSITIVE_INFINITY): string {
  const parsed = judgement.safeParse(run.data['judgement']);
  if (!parsed.success) return '';
  const rows = parsed.data.criteria.map((one) => [
    one.name,
    one.value === null ? '-' : Number.isInteger(one.value) ? String(one.value) : one.value.toFixed(4),
    one.required,
    one.verdict,
  ]);
  return renderTable([['criterion', 'value', 'required', 'verdict'], ...rows], width);
}
