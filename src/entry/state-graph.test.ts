import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../ports/workflow-engine.js';
import type { DrawnRun, RunGraph } from './api-types.js';
import { graphOf } from './state-graph.js';
import { mermaidOf } from './state-graph-mermaid.js';
import { clip, drawGraph } from './state-graph-text.js';
import { widthOf } from './text-width.js';

const id = 'train-20260131-093000-1';
const start = Date.parse('2026-01-31T09:30:00.000Z');

/** A history in short: `State`, `State!Error: cause` for a task that failed, `State?` for one that runs, `(Choice)` for no task. */
function historyOf(...steps: string[]): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const add = (type: string, details: Record<string, unknown> = {}) => {
    const eventId = events.length + 1;
    const timestamp = new Date(start + eventId * 1000).toISOString();
    events.push({ id: eventId, previousEventId: eventId - 1, type, timestamp, ...details });
  };
  for (const step of steps) {
    const [, name = '', mark = '', error = ''] = /^\(?(\w+)\)?([!?]?)([^]*)$/.exec(step) ?? [];
    if (step === 'REDRIVE') add('ExecutionRedriven', { executionRedrivenEventDetails: { redriveCount: 1 } });
    else if (step === 'FAILED') add('ExecutionFailed', { executionFailedEventDetails: { error: 'Dandori.JobFailed' } });
    else {
      add(step.startsWith('(') ? 'ChoiceStateEntered' : 'TaskStateEntered', { stateEnteredEventDetails: { name } });
      if (!step.startsWith('(')) add('TaskScheduled');
      const [what, cause] = error.split(': ');
      if (mark === '!') add('TaskFailed', { taskFailedEventDetails: { error: what, cause } });
      if (mark !== '?') add('TaskStateExited', { stateExitedEventDetails: { name } });
    }
  }
  return events;
}

function drawnOf(steps: string[], change: Partial<DrawnRun> = {}, waitsFor: RunGraph['waits_for'] = null): DrawnRun {
  const rerun = { training_id: id, issue_number: 1, from: 'TrainModel', by: 'aya', at: '', number: 1 };
  const waitingState = waitsFor === null ? null : (steps.at(-1)?.replace('?', '') ?? null);
  const graph = graphOf(historyOf(...steps), { reruns: [rerun], waitingState, waitsFor });
  const line = { training_id: id, issue_number: 1, model_name: 'churn', status: 'failed' as const, version: null };
  const fate = { replaced_by: null, remark: null };
  const rest = { job: null, question: null, error: null, cause: null, data: {}, states: [], current_state: null };
  return { ...line, ...fate, ...rest, created_at: '', ended_at: '2026-01-31T10:00:00.000Z', graph, ...change };
}

const open = { ended_at: null, status: 'running' as const };
const drawn = (run: DrawnRun, width = Number.POSITIVE_INFINITY): string =>
  stripVTControlCharacters(drawGraph(run, width, start + 60_000));

const retried = [
  'OptimizeWorkflow',
  'TrainModel',
  'JudgeResults',
  '(DecisionSwitch)',
  '(CheckRetryLimit)',
  'NotifyOperator',
  'WaitForOperatorInput',
  '(IncrementRetry)',
  'TrainModel',
  'JudgeResults',
];
const failing = ['TrainModel!Dandori.JobFailed: the disk\nis away', 'RollbackModel', 'NotifyFailure', 'FAILED'];

describe('graphOf', () => {
  it('numbers the visits of a state over all re-runs, and counts the ways that were taken', () => {
    const { graph } = drawnOf([...failing, 'REDRIVE', 'TrainModel']);
    expect(graph.states.map(({ name, visit, rerun, status }) => [name, visit, rerun, status])).toEqual([
      ['TrainModel', 1, 0, 'failed'],
      ['RollbackModel', 1, 0, 'succeeded'],
      ['NotifyFailure', 1, 0, 'succeeded'],
      ['TrainModel', 2, 1, 'succeeded'],
    ]);
    expect(graph.edges).toEqual([
      { from: 'TrainModel', to: 'RollbackModel', times: 1, kind: 'next' },
      { from: 'RollbackModel', to: 'NotifyFailure', times: 1, kind: 'next' },
      { from: 'NotifyFailure', to: 'TrainModel', times: 1, kind: 'rerun' },
    ]);
    expect(graph.reruns).toEqual([{ number: 1, from: 'TrainModel', by: 'aya', at: expect.any(String) }]);
  });

  it('gives each visit with its times, attempts and error', () => {
    expect(drawnOf(failing).graph.states[0]).toEqual({
      name: 'TrainModel',
      visit: 1,
      attempts: 1,
      status: 'failed',
      entered_at: '2026-01-31T09:30:01.000Z',
      exited_at: '2026-01-31T09:30:04.000Z',
      duration_ms: 3000,
      error: 'Dandori.JobFailed',
      cause: 'the disk\nis away',
      rerun: 0,
    });
  });
});

describe('drawGraph', () => {
  it("draws the operator's retry as a loop, the second visit by its number", () => {
    expect(drawn(drawnOf(retried, open))).toBe(
      [
        '✔ OptimizeWorkflow                 2.0 s',
        '✔ TrainModel                       2.0 s',
        '✔ JudgeResults                     2.0 s',
        '├─╮ below the threshold',
        '│ ✔ NotifyOperator                 2.0 s',
        '│ ✔ WaitForOperatorInput           2.0 s',
        '├─╯ ↺ again from TrainModel',
        '✔ TrainModel              visit 2  2.0 s',
        '✔ JudgeResults            visit 2  2.0 s',
        '┊ to come: PackageModel → DeployModel → StartMonitoring → WriteHistory → NotifySuccess',
      ].join('\n'),
    );
  });

  it('draws a failure in one line beside its branch, and a re-run with who ordered it', () => {
    const text = drawn(drawnOf([...failing, 'REDRIVE', 'TrainModel']));
    expect(text).toContain('✘ TrainModel                3.0 s  Dandori.JobFailed: the disk is away\n╰─╮ failed\n');
    expect(text).toMatch(/\n━━ re-run 1 from TrainModel by aya, 2026-01-31 \d\d:\d\d\n✔ TrainModel +visit 2/);
    expect(text).toMatch(/┊ not reached: EvaluateModel → /);
  });

  it.each([
    [
      'a new plan',
      ['OptimizeWorkflow', '(Replan)', 'OptimizeWorkflow'],
      /\n↺ a new plan, again from OptimizeWorkflow\n/,
    ],
    [
      'spent retries',
      ['JudgeResults', '(RetriesSpent)', 'RollbackModel'],
      /╰─╮ below the threshold, and no retry is left/,
    ],
    ['the judge', ['JudgeResults', '(EvaluationFailed)', 'RollbackModel'], /╰─╮ the judge refused the model/],
    [
      'a cancellation',
      ['TrainModel!Dandori.Cancelled: by aya', 'WriteCancelHistory'],
      /^■ TrainModel[^]*╰─╮ cancelled/,
    ],
  ])('names %s as the reason of the way', (_, steps, expected) => {
    expect(drawn(drawnOf(steps))).toMatch(expected);
  });

  it('says for whom a run waits and since when, and that the answer may lead back', () => {
    const waitsFor = { permission: 'write', other_than: 'ben', since: '2026-01-31T09:30:00.000Z' };
    const steps = ['JudgeResults', 'NotifyOperator', 'WaitForOperatorInput?'];
    const text = drawn(drawnOf(steps, { ...open, current_state: 'WaitForOperatorInput' }, waitsFor));
    expect(text).toMatch(/├─╮ below the threshold\n│ ✔ NotifyOperator/);
    expect(text).toMatch(
      /│ ◷ WaitForOperatorInput .*waits for somebody with the permission write, other than ben, since 2026-01-31/,
    );
  });

  it.each([
    [{ status: 'InProgress' as const, phase: 'fitting', progressPercent: 40 }, 'job fitting 40 %'],
    [{ status: 'Pending' as const, phase: null, progressPercent: null }, 'waits for a free slot'],
  ])('shows what runs now: %j', (job, note) => {
    const run = drawnOf(['TrainModel?'], { ...open, job: { jobName: 'x', metrics: {}, ...job } });
    expect(drawn(run)).toMatch(new RegExp(`^● TrainModel +59\\.0 s {2}${note}`));
  });

  it.each([40, 60, 80, 120])('fits %i columns', (width) => {
    const run = drawnOf(['WaitForOptimizationApproval', ...failing, 'REDRIVE', ...retried]);
    for (const line of drawn(run, width).split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });
});

describe('clip', () => {
  it.each([
    ['short', 10, 'short'],
    ['a long line', 6, 'a lon…'],
    ['日本語の行', 5, '日本…'],
  ])('%s in %i columns is %s', (text, width, expected) => {
    expect(clip(text, width)).toBe(expected);
  });
});

describe('mermaidOf', () => {
  it('is a state diagram in its fence, with durations, loops and the end', () => {
    const text = mermaidOf(drawnOf([...failing, 'REDRIVE', 'TrainModel']));
    expect(text).toMatch(/^```mermaid\nstateDiagram-v2\n[^]*\n```$/);
    expect(text).toContain('  state "Train<br/>2 ×, 5 s" as TrainModel');
    expect(text).toContain('  [*] --> TrainModel\n');
    expect(text).toContain('  NotifyFailure --> TrainModel : re-run\n');
    expect(text).toContain('  TrainModel --> [*]\n');
    expect(text).toMatch(/classDef done .*\n {2}class TrainModel,RollbackModel,NotifyFailure done/);
  });

  it('writes names in the language of the request, and leaves silent states out', () => {
    const data = { ask: { request: { language: 'ja' } } };
    const text = mermaidOf(drawnOf(retried, { ...open, data }));
    expect(text).not.toMatch(/DecisionSwitch|IncrementRetry|"Train</);
    expect(text).not.toContain('--> [*]\n');
  });

  it('takes no sign of a foreign text for its own', () => {
    const text = mermaidOf(drawnOf(['TrainModel!a"; b --> c: <img>`%%: x', 'FAILED']));
    const [line = ''] = text.split('\n').filter((one) => one.endsWith(' as TrainModel'));
    expect(line.match(/"/g)).toHaveLength(2);
    expect(line.replace('<br/>', '').replaceAll(/#\d+;/g, '')).not.toMatch(/[;<>`%]/);
  });
});
