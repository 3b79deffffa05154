import type { IssueView, RunView } from './api-types.js';
import type { ApiClient } from './api-client.js';
import { judgement } from '../contracts/evaluation.js';
import { renderMarkdown } from './markdown-text.js';
import type { Output } from './output.js';
import type { ProgressLine } from './progress-line.js';
import { duration, renderTable } from './table.js';

const pollMs = 250;

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
  /** Asks the person for an answer to the comment shown; null: nobody is there, stop and say what waits. */
  ask: ((comment: string, state: string) => Promise<string | null>) | null;
}

/** Comments without the hidden marks by which Dandori finds its own again. */
export function visible(body: string): string {
  return body.replaceAll(/<!--[\s\S]*?-->\n?/g, '').trim();
}

class Follower {
  readonly #options: FollowOptions;
  readonly #told = new Set<string>();
  #answered = new Set<string>();

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  #issue(): Promise<IssueView> {
    return this.#options.api.get<IssueView>(`/api/issues/${this.#options.issueNumber}`);
  }

  #tellStates(run: RunView): void {
    const { output, progress } = this.#options;
    for (const [index, state] of run.states.entries()) {
      const key = `${index}/${state.state}`;
      if (state.ended_at === null || this.#told.has(key)) continue;
      this.#told.add(key);
      // Choices and passes take no time and tell nobody anything.
      if (state.attempts === 0) continue;
      progress.clear();
      const mark = state.status === 'succeeded' ? '✔' : '✘';
      const error = state.error === null ? '' : `  ${state.error}`;
      output.note(`${mark} ${state.state.padEnd(28)} ${duration(state.duration_ms).padStart(9)}${error}`);
    }
    const current = run.states.at(-1);
    if (current === undefined || current.ended_at !== null) return;
    progress.show(`${current.state} ${jobText(run)} ${duration(Date.now() - Date.parse(current.started_at))}`);
  }

  /** The newest comment of Dandori's: the one that asks. */
  async #question(): Promise<string> {
    const { comments } = await this.#issue();
    return visible(comments.findLast((comment) => comment.bySelf && !comment.body.includes('/status -->'))?.body ?? '');
  }

  /** False: nobody can answer, the person has to come back. */
  async #answer(run: RunView): Promise<boolean> {
    const { question } = run;
    if (question === null || this.#answered.has(question.since)) return true;
    const { output, progress, ask, api, issueNumber } = this.#options;
    progress.clear();
    const comment = await this.#question();
    output.note(`\n${renderMarkdown(comment)}\n`);
    if (ask === null) return false;
    const answer = await ask(comment, question.state);
    if (answer === null) return false;
    this.#answered.add(question.since);
    const posted = await api.post<{ replies: string[] }>(`/api/issues/${issueNumber}/comments`, { body: answer });
    for (const reply of posted.replies) output.note(renderMarkdown(visible(reply)));
    return true;
  }

  async run(): Promise<Followed> {
    const { api, progress } = this.#options;
    for (;;) {
      const issue = await this.#issue();
      const line = issue.runs[0];
      if (line === undefined) {
        if (issue.issue.labels.includes('mlops:invalid'))
          return { run: null, reason: visible(issue.comments.at(-1)?.body ?? '') };
      } else {
        const run = await api.get<RunView>(`/api/runs/${line.training_id}`);
        this.#tellStates(run);
        if (line.ended_at !== null) {
          progress.clear();
          return {
            run,
            reason: line.status === 'in_service' ? null : `${run.error ?? line.status}: ${run.cause ?? ''}`,
          };
        }
        if (!(await this.#answer(run))) {
          return { run, reason: `it waits for a person: npx dandori approve ${run.training_id}` };
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
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
export function verdictTable(run: RunView): string {
  const parsed = judgement.safeParse(run.data['judgement']);
  if (!parsed.success) return '';
  const rows = parsed.data.criteria.map((one) => [
    one.name,
    one.value === null ? '-' : Number.isInteger(one.value) ? String(one.value) : one.value.toFixed(4),
    one.required,
    one.verdict,
  ]);
  return renderTable([['criterion', 'value', 'required', 'verdict'], ...rows]);
}
