import { describe, expect, it } from 'vitest';
import type { ApiClient } from './api-client.js';
import type { IssueView, RunView } from './api-types.js';
import { follow, type FollowOptions, verdictTable } from './follow.js';
import { tellEnd } from './tell-end.js';
import { collect } from './testing/collect.js';

const id = 'train-20260131-093000-1';
const at = '2026-01-31T09:30:00.000Z';

type State = RunView['states'][number];
const state = (name: string, change: Partial<State> = {}): State => ({
  state: name,
  status: 'succeeded',
  attempts: 1,
  started_at: at,
  ended_at: at,
  duration_ms: 1200,
  error: null,
  cause: null,
  ...change,
});

const runOf = (change: Partial<RunView> = {}): RunView => ({
  training_id: id,
  issue_number: 1,
  model_name: 'churn',
  status: 'running',
  version: null,
  replaced_by: null,
  remark: null,
  created_at: at,
  ended_at: null,
  current_state: null,
  states: [],
  job: null,
  question: null,
  error: null,
  cause: null,
  data: {},
  ...change,
});

const question = { state: 'WaitForOptimizationApproval', plan_hash: '7e50', since: at, comment_id: null };

function comment(body: string, bySelf = true): IssueView['comments'][number] {
  const rest = { issueNumber: 1, createdAt: at, updatedAt: at, edited: false, reactions: [], url: '' };
  return { id: body, body, bySelf, author: bySelf ? 'dandori' : 'aya', ...rest };
}

interface Scene {
  run: RunView | null;
  labels?: string[];
  comments?: IssueView['comments'];
}

/** A server that shows one scene after the other, the last one for ever; a question stays until something is posted. */
function playing(scenes: readonly Scene[], onPost: (body: string) => string[] = () => []) {
  let index = 0;
  const posted: string[] = [];
  const scene = () => scenes[index] ?? { run: null };
  const advance = () => void (index = Math.min(index + 1, scenes.length - 1));
  const issueView = ({ run, labels = ['mlops:train'], comments = [] }: Scene): IssueView => {
    const rest = { title: '', body: '', state: 'open' as const, author: 'aya', createdAt: at, updatedAt: at, url: '' };
    return { issue: { number: 1, labels, ...rest }, comments, runs: run === null ? [] : [run] };
  };
  const api: ApiClient = {
    // The answers have the types that the routes give them.
    async get(path) {
      const now = scene();
      if (path === '/api/issues/1') {
        if (now.run === null) advance();
        return issueView(now) as never;
      }
      if (now.run?.question === null) advance();
      return now.run as never;
    },
    async post(_path, body) {
      const text = (body as { body: string }).body;
      posted.push(text);
      advance();
      return { replies: onPost(text) } as never;
    },
  };
  return { api, posted };
}

function options(api: ApiClient, change: Partial<FollowOptions> = {}) {
  const output = collect();
  const shown: string[] = [];
  const progress = { show: (text: string) => void shown.push(text), clear: () => undefined };
  return { output, shown, all: { api, output, progress, issueNumber: 1, ask: null, ...change } };
}

const approval = { plan: { request: { criteria: [{ metric: 'f1_score' }] } } };

describe('follow', () => {
  it('tells each state once as it ends, with what it found, and the live metric', async () => {
    const training = state('TrainModel', { ended_at: null, duration_ms: null, status: 'running' });
    const job = {
      jobName: 'x',
      status: 'InProgress' as const,
      progressPercent: 48.4,
      phase: 'fitting',
      metrics: { progress: 1, rows: 12, f1_score: 0.61234 },
    };
    const data = { approval, training: { algorithm: 'xgboost', training_metrics: { cv_f1_score_mean: 0.6 } } };
    const { api } = playing([
      { run: null },
      { run: runOf({ states: [state('ApprovalSwitch', { attempts: 0 }), training], job }) },
      { run: runOf({ states: [state('TrainModel')], data }) },
      { run: runOf({ states: [state('TrainModel')], data, status: 'in_service', ended_at: at, version: '1.0.0' }) },
    ]);
    const { all, output, shown } = options(api, { now: () => Date.parse(at) + 1700 });
    const followed = await follow(all);
    expect(followed).toMatchObject({ reason: null, run: { version: '1.0.0' } });
    expect(shown).toEqual(['TrainModel 48 % fitting rows=12 f1_score=0.6123 1.7 s']);
    expect(output.notes()).toBe(
      '✔ TrainModel                       1.2 s  xgboost, f1_score in cross-validation 0.6000',
    );
  });

  it('gives the reason of a run that ended without a model in service', async () => {
    const failed = state('PrepareData', { status: 'failed', error: 'unusable_data', cause: 'one class only' });
    const { api } = playing([
      {
        run: runOf({
          states: [failed],
          status: 'failed',
          ended_at: at,
          error: 'unusable_data',
          cause: 'one class only',
        }),
      },
    ]);
    const { all, output } = options(api);
    expect((await follow(all)).reason).toBe('unusable_data: one class only');
    expect(output.notes()).toMatch(/^✘ PrepareData .* unusable_data$/);
  });

  it('names the status of a run that ended without an error', async () => {
    const { api } = playing([{ run: runOf({ status: 'cancelled', ended_at: at }) }]);
    expect((await follow(options(api).all)).reason).toBe('cancelled');
  });

  it('shows what is wrong with a request that starts nothing', async () => {
    const comments = [comment('<!-- dandori:x -->\n`target` is missing'), comment('hm', false)];
    const { api } = playing([{ run: null }, { run: null, labels: ['mlops:invalid'], comments }]);
    const followed = await follow(options(api).all);
    expect(followed).toEqual({ run: null, reason: '`target` is missing' });
    expect(tellEnd(followed)).toContain('target');
  });

  it.each([
    { what: 'too many runs are open', mark: 'issue-1/event-7/too-many' },
    { what: 'the person has no right', mark: 'issue-1/no-right/request-0123456789abcdef' },
    { what: 'it could not be worked', mark: 'issue-1/event-issue_opened/1/failed' },
  ])('ends with the answer when $what, though no label tells of it', async ({ mark }) => {
    const note = comment('<!-- dandori:issue-1/event-7/notes -->\n- a note');
    const answer = comment(`<!-- dandori:${mark} -->\nNothing was started.`);
    const { api } = playing([
      { run: null, comments: [note] },
      { run: null, comments: [note, answer, note] },
    ]);
    expect(await follow(options(api).all)).toEqual({ run: null, reason: 'Nothing was started.' });
  });

  it.each([
    ['WaitForOptimizationApproval', `it waits for a person: npx dandori approve ${id}`],
    ['WaitForOperatorInput', /\/retry with adjusted_hyperparameters.*npx dandori comment 1/],
  ])('stops at %s when nobody can be asked', async (name, reason) => {
    const { api } = playing([
      { run: runOf({ question: { ...question, state: name } }), comments: [comment('Please look.')] },
    ]);
    const { all, output } = options(api);
    expect((await follow(all)).reason).toMatch(reason);
    expect(output.notes()).toContain('Please look.');
  });

  it('asks, posts the answer and goes on', async () => {
    const comments = [comment('The plan.'), comment('<!-- dandori:x/status -->\nstatus'), comment('/hm', false)];
    const { api, posted } = playing(
      [{ run: runOf({ question }), comments }, { run: runOf({ status: 'in_service', ended_at: at }) }],
      () => ['<!-- dandori:y -->\nApproved by `aya`.'],
    );
    const asked: string[] = [];
    const ask: FollowOptions['ask'] = async (text) => {
      asked.push(text);
      return '/approve';
    };
    const { all, output } = options(api, { ask });
    expect((await follow(all)).reason).toBeNull();
    expect(asked).toEqual(['The plan.']);
    expect(posted).toEqual(['/approve']);
    expect(output.notes()).toContain('Approved by aya.');
  });

  it('asks again when the answer was refused', async () => {
    const waiting = { run: runOf({ question }), comments: [comment('The plan.')] };
    const { api, posted } = playing([waiting, waiting, { run: runOf({ status: 'in_service', ended_at: at }) }]);
    let now = 0;
    const answers = ['/approve 000', '/approve'];
    const { all } = options(api, { ask: async () => answers.shift() ?? null, now: () => (now += 2_000) });
    expect((await follow(all)).reason).toBeNull();
    expect(posted).toEqual(['/approve 000', '/approve']);
  });

  it('stops when the person goes away', async () => {
    const { api } = playing([{ run: runOf({ question }) }]);
    expect((await follow(options(api, { ask: async () => null }).all)).reason).toMatch(/approve/);
  });

  it('stops when it is told to, without ending the run', async () => {
    const stop = new AbortController();
    const { api, posted } = playing([{ run: runOf() }]);
    const following = follow(options(api, { signal: stop.signal }).all);
    stop.abort();
    const followed = await following;
    expect(followed).toEqual({ run: null, reason: expect.stringMatching(/stopped here.*npx dandori up/) });
    expect(posted).toEqual([]);
  });
});

const judgement = {
  decision: 'pass',
  next_action: 'register_model',
  message: '',
  criteria: [
    { name: 'f1_score', value: 0.56972, required: '>= 0.55', verdict: 'pass', note: '' },
    { name: 'model_tests', value: 10, required: 'all pass', verdict: 'pass', note: '' },
    { name: 'auc_roc', value: null, required: '>= 0.5', verdict: 'fail', note: '' },
  ],
};

describe('the end', () => {
  const deployment = { curl: "curl -s http://x -d '{}'", invocation_url: 'http://x', endpoint_name: 'churn-staging' };
  const history = { commit_url: 'file:///srv/history/training_history/x.md' };

  it('is told with verdict, version, report and a line to paste', () => {
    const run = runOf({ status: 'in_service', version: '1.0.0', data: { judgement, deployment, history } });
    const text = tellEnd({ run, reason: null });
    expect(text).toContain('churn 1.0.0 is in service.');
    expect(text).toContain('Report:   /srv/history/training_history/x.md');
    expect(text).toContain("Ask it:\ncurl -s http://x -d '{}'");
    expect(text).toMatch(/f1_score +0\.5697 +>= 0\.55 +pass/);
    expect(text).toMatch(/auc_roc +- +>= 0\.5 +fail/);
  });

  it('offers no line to paste for what serves no more', () => {
    const run = runOf({ status: 'failed', data: { deployment, history: { commit_url: 'https://example.org/x' } } });
    const text = tellEnd({ run, reason: 'rolled back' });
    expect(text).toBe('No model was put into service: rolled back\nReport:   https://example.org/x');
  });

  it('has no table when nothing was judged', () => {
    expect(verdictTable(runOf())).toBe('');
  });
});
