import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningServer } from '../../src/entry/server.js';
import { openDatabase } from '../../src/db.js';
import type { HistoryEvent } from '../../src/ports/workflow-engine.js';
import type { Comment } from '../../src/ports/issue-tracker.js';
import { statesOf } from '../../src/history/states-of.js';

/** All that a run leaves for people and for the next run, without times, durations, addresses and digests of those. */
export interface Outcome {
  status: string;
  version: string | null;
  /** Dandori's comments, sorted: the status comes when its time has come, before or after the proposal. */
  comments: string[];
  labels: string[];
  versions: unknown[];
  endpoints: unknown[];
  prediction: unknown;
  /** One line a commit: its subject and the files in it. */
  commits: string[];
  /** Types of the history's events, with the states that they enter. */
  history: string[];
  states: string[];
  jobs: string[];
  objects: string[];
  /** Rows of every table. */
  rows: Record<string, number>;
  openEffects: string[];
}

const masks: readonly [RegExp, string][] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?/g, 'TIME'],
  [/127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/#comment-\d+/g, '#comment-ID'],
  [/(?<=comment_id\\*":\\*")\d+/g, 'ID'],
  [/file(?::|&#58;)\/\/\S*?\/history\//g, 'HISTORY/'],
  [/(?<=History: `)[0-9a-f]{12}\b/g, 'COMMIT'],
  // Measured on real jobs only.
  [/ · at most [\d,.]+ [MG]B of memory/g, ''],
  [/git -C '[^']+' show [0-9a-f]{12}\b/g, 'git show COMMIT'],
  [/(?<![\w.])\d+(?:\.\d+)? ?(?:ms|s|min|h)\b(?: \d+ s)?/g, 'DURATION'],
  [/(?<![\w.])\d+(?:\.\d+)? (?:seconds?|minutes?)\b/g, 'DURATION'],
];

/** A text without what no two runs have alike. */
export function masked(text: string): string {
  return masks.reduce((all, [pattern, word]) => all.replaceAll(pattern, word), text);
}

function git(stateDir: string, ...args: string[]): string {
  const folder = join(stateDir, 'history');
  if (!existsSync(join(folder, '.git'))) return '';
  return execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** Rows of every table: to be had at little cost, and seldom alike before all else is. */
export function rowsOf(stateDir: string): Record<string, number> {
  const db = openDatabase(join(stateDir, 'dandori.db'));
  try {
    const tables = db.all(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    );
    // A killed server has one start more.
    const alike = (table: string) => (table === 'audit' ? "WHERE action <> 'start_server'" : '');
    const count = (table: string) => Number(db.first(`SELECT count(*) AS n FROM "${table}" ${alike(table)}`)?.['n']);
    return Object.fromEntries(tables.map((row) => [String(row['name']), count(String(row['name']))]));
  } finally {
    db.close();
  }
}

export function openEffectsOf(stateDir: string): string[] {
  const db = openDatabase(join(stateDir, 'dandori.db'));
  try {
    return db.all("SELECT key FROM effect WHERE status = 'intended'").map((row) => String(row['key']));
  } finally {
    db.close();
  }
}

/** A comment without its times; the commit's id and the digests that follow from times go too. */
function commentText(comment: Comment): string {
  return masked(comment.body)
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'COMMIT')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'DIGEST');
}

/** An event of the history without its time, its tokens, and the figures that measure time. */
function eventText({ id, previousEventId: _previous, timestamp: _time, type, ...details }: HistoryEvent): string {
  const text = JSON.stringify(details)
    .replaceAll(/(task_?token\\*"):(\\*)"[^"\\]*/gi, '$1:$2"TOKEN')
    .replaceAll(/(\w*(?:_ms|_seconds|_minutes|_mb|_at|duration)\\*"):(?:null|-?[\d.e+-]+|\\*"[^"\\]*)/g, '$1:TIME')
    // The router counts anew when it starts anew.
    .replaceAll(/((?:invocations|throughput_rps|rows_per_second)\\*"):[\d.]+/g, '$1:COUNT')
    .replaceAll(/\b[0-9a-f]{40}\b/g, 'COMMIT');
  return `${id} ${type} ${masked(text)}`;
}

/** Table names, in the order of the tables of the database. */
export function tableNames(stateDir: string): string[] {
  return Object.keys(rowsOf(stateDir));
}

export async function outcomeOf(
  server: RunningServer,
  params: { issue: number; stateDir: string; model: string; endpoint: string; row: unknown },
): Promise<Outcome> {
  const { issue, stateDir, model, endpoint, row } = params;
  const { ports, runs } = server.app;
  const [run] = await runs.list({ issueNumber: issue });
  const { trainingId } = run ?? { trainingId: '' };
  const events = await ports.engine.getExecutionHistory({ name: trainingId });
  const answer = await ports.endpoints.invokeEndpoint({
    endpointName: endpoint,
    body: JSON.stringify(row),
    contentType: 'application/json',
  });
  const comments = (await ports.issues.listComments({ issueNumber: issue })).filter((one) => one.bySelf);
  const versions = await ports.registry.listVersions({ modelName: model });
  return {
    status: run?.status ?? 'none',
    version: run?.version ?? null,
    comments: comments.map(commentText).sort(),
    labels: (await ports.issues.getIssue({ number: issue })).labels,
    versions: versions.map(({ version, trainingId: id, stage, aliases }) => ({ version, id, stage, aliases })),
    endpoints: (await ports.endpoints.listEndpoints()).map(({ endpointName, status, variants }) => ({
      endpointName,
      status,
      variants: variants.map(({ modelName, version, digests, weight }) => ({ modelName, version, digests, weight })),
    })),
    prediction: { status: answer.statusCode, body: JSON.parse(answer.body) as unknown },
    commits: git(stateDir, 'log', '--format=%s', '--name-only')
      .trim()
      .split('\n')
      .filter((line) => line !== ''),
    history: events.map((event) => eventText(event)),
    states: statesOf(events).map((one) => `${one.state} ${one.status} ${one.attempts}`),
    jobs: (await ports.jobs.listJobs({ trainingId })).map((job) => `${job.jobName} ${job.status}`),
    objects: (await ports.objects.list({ prefix: '' })).map((one) => one.key),
    rows: rowsOf(stateDir),
    openEffects: openEffectsOf(stateDir),
  };
}

/** What a run that had to repeat a lost job has in common with one that had not: all but the attempts and their traces. */
export function withoutLostJob(outcome: Outcome): Partial<Outcome> {
  const { comments, states, jobs, objects, rows, status, version, labels, versions, endpoints, prediction } = outcome;
  const kept = ['issues', 'issue_comments', 'run_index', 'model_version', 'model_alias', 'dataset_version', 'effect'];
  const own = ['wf_message', 'wf_timer', 'waiting_task', 'cancel_request'];
  return {
    status,
    version,
    labels,
    versions,
    endpoints,
    prediction,
    commits: outcome.commits,
    openEffects: outcome.openEffects,
    comments: comments.map((text) => text.split('\n').slice(0, 2).join(' ')),
    states: states.map((state) => state.replace(/ \d+$/, '')),
    jobs: jobs.filter((job) => job.endsWith(' Completed')).map((job) => job.replace(/(\/\d+)\/\d+/, '$1/N')),
    objects: objects.filter((key) => /^(?:models|monitoring)\//.test(key)),
    rows: Object.fromEntries([...kept, ...own].map((table) => [table, rows[table] ?? 0])),
  };
}
