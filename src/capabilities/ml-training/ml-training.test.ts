import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { z } from 'zod';
import { createLocalExperimentTracker } from '../../adapters/local/experiment-tracker.js';
import { createLocalJobPlatform, type LocalJobPlatform } from '../../adapters/local/job-platform.js';
import { createLocalObjectStore } from '../../adapters/local/object-store.js';
import type { RunRef } from '../../contracts/run-ref.js';
import type { TrainingReport } from '../../contracts/training.js';
import { openDatabase } from '../../db.js';
import type { ToolContext } from '../../mcp/define-tool.js';
import { invokeTool } from '../../mcp/invoke-tool.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { compareRuns } from './compare-runs.js';
import { getJobLogs } from './get-job-logs.js';
import { getTrainingJob } from './get-training-job.js';
import { mlTrainingTools } from './index.js';
import { listExperimentRuns } from './list-experiment-runs.js';
import { listTrainingJobs } from './list-training-jobs.js';
import { experimentRunId, openRun } from './logic/experiment-run.js';
import type { trainInput, TrainOutput } from './logic/train-schema.js';
import { selectOptimalResources } from './select-optimal-resources.js';
import { storeTrainingScript } from './store-training-script.js';
import { trainSupervisedClassifier } from './train-supervised-classifier.js';
import { trainSupervisedRegressor } from './train-supervised-regressor.js';

const candidate = (algorithm: string, scores: number[]): TrainingReport['candidates'][number] => ({
  algorithm,
  hyperparameters: { C: 1, layers: [2, 3] },
  metric: 'f1_score',
  mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
  std: 0.01,
  scores,
  all: { accuracy: { mean: 0.8, std: 0.02 } },
  train_seconds: 1.5,
  error: null,
});

const report = {
  format: 1,
  training_id: 'train-abcdef',
  algorithm: 'random_forest',
  hyperparameters: { n_estimators: 100 },
  cv: {
    folds: 2,
    metric: 'f1_score',
    mean: 0.62,
    std: 0.01,
    scores: [0.61, 0.63],
    all: { accuracy: { mean: 0.8, std: 0.02 } },
  },
  candidates: [
    candidate('random_forest', [0.61, 0.63]),
    { ...candidate('logistic_regression', []), mean: null, std: null, scores: [], all: {}, error: 'did not converge' },
  ],
  train_metrics: { f1_score: 0.9 },
  validation_metrics: { f1_score: 0.6 },
  learning_curve: { metric: 'f1_score', train_sizes: [10, 20], train_scores: [1, 0.95], validation_scores: [0.5, 0.6] },
  class_balance: { original_class_ratio: 0.26, balanced_class_ratio: 0.5 },
  environment: { python: '3.11', platform: 'linux', packages: { xgboost: '3' }, cpu_count: 2 },
} satisfies z.input<typeof import('../../contracts/training.js').trainingReport>;

/** A trainer for tests: writes the model that the variables of the job describe. */
const TRAINER = `
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
const root = process.env.DANDORI_ML_ROOT;
const spec = JSON.parse(readFileSync(root + '/input/data/spec/training_spec.json', 'utf8'));
const hyperparameters = JSON.parse(readFileSync(root + '/input/config/hyperparameters.json', 'utf8'));
console.log('[dandori] progress=50 phase=cross_validation f1_score=0.62');
if (spec.seed === 13) { writeFileSync(root + '/output/failure', 'The seed brings bad luck.'); process.exit(1); }
if (spec.seed === 7) while (!existsSync(readFileSync(root + '/input/data/train/train.parquet', 'utf8'))) await new Promise((next) => setTimeout(next, 10));
writeFileSync(root + '/model/model.onnx', 'model');
if (spec.seed === 14) process.exit(0);
const hooks = hyperparameters.dandori_inference_script;
if (hooks !== undefined) readFileSync(hyperparameters.sagemaker_submit_directory + '/' + hooks);
if (hooks !== undefined || spec.seed === 15) writeFileSync(root + '/model/python_model.json', JSON.stringify({ format: 1, files: {} }));
writeFileSync(root + '/model/signature.json', JSON.stringify(hyperparameters));
if (hyperparameters.sagemaker_program === undefined) writeFileSync(root + '/model/training_report.json', ${JSON.stringify(JSON.stringify(report))});
else readFileSync(hyperparameters.sagemaker_submit_directory + '/' + hyperparameters.sagemaker_program);
`;

const run: RunRef = { training_id: 'train-abcdef', state: 'TrainModel', visit: 1, attempt: 0 };

function input(seed: number, changes: Partial<z.output<typeof trainInput>> = {}): z.output<typeof trainInput> {
  return {
    run,
    training_spec: {
      format: 1,
      training_id: 'train-abcdef',
      learning_type: 'supervised',
      task_type: 'classification',
      target: 'churn',
      classes: ['No', 'Yes'],
      positive_class: 'Yes',
      algorithms: ['random_forest', 'logistic_regression'],
      hyperparameters: { random_forest: { n_estimators: 100, criterion: 'gini' } },
      features: [{ name: 'age', kind: 'numeric' }],
      generated_features: [],
      preprocessing: {
        handle_missing: 'mean',
        fill_value: null,
        normalize: 'standard',
        encode_categorical: 'onehot',
        outliers: { method: 'none', action: 'none' },
        feature_selection: { method: 'none', max_features: null },
      },
      class_imbalance_handling: 'none',
      time_ordered: false,
      cv_folds: 2,
      seed,
      metric: 'f1_score',
    },
    train_key: 'datasets/d/train.parquet',
    validation_key: 'datasets/d/validation.parquet',
    limits: { max_runtime_seconds: 60, max_memory_mb: 1000 },
    language: 'en',
    experiment: 'churn',
    ...changes,
    tags: { data_version: '1.0.0', ...changes.tags },
    training_script_key: changes.training_script_key ?? null,
  };
}

describe('the tools of ML training', () => {
  let dir = '';
  let jobs: LocalJobPlatform;
  let context: ToolContext;
  let close: () => Promise<void>;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'dandori-training-'));
    const db = openDatabase(join(dir, 'db'));
    const objects = createLocalObjectStore({ dir: join(dir, 'objects') });
    writeFileSync(join(dir, 'trainer.mjs'), TRAINER);
    jobs = createLocalJobPlatform({
      db,
      objects,
      stateDir: dir,
      pythonPath: '/nowhere',
      trainerDir: '/nowhere',
      minFreeDiskMb: 1,
      pricePerHourUsd: 3600,
      commands: { trainer: () => ({ command: process.execPath, args: [join(dir, 'trainer.mjs')] }) },
    });
    const experiments = createLocalExperimentTracker({ db });
    const ports = { ...fakePorts(), jobs, objects, experiments };
    context = { ...fakeContext(ports, () => new Date()), signal: AbortSignal.timeout(60_000) };
    await objects.put({ key: 'datasets/d/train.parquet', body: join(dir, 'go') });
    await objects.put({ key: 'datasets/d/validation.parquet', body: 'rows' });
    await objects.put({ key: 'scripts/train.py', body: 'print()' });
    await objects.put({ key: 'scripts/inference.py', body: 'def model_fn(d): ...' });
    close = async () => {
      await jobs.close();
      db.close();
      rmSync(dir, { recursive: true, force: true });
    };
  });
  afterEach(() => close());

  const ended = async (asked: z.output<typeof trainInput>): Promise<TrainOutput> =>
    vi.waitUntil(
      async () => {
        const answer = await trainSupervisedClassifier.handler(asked, context);
        return ['Completed', 'Failed', 'Stopped'].includes(answer.status) ? answer : false;
      },
      { timeout: 30_000, interval: 50 },
    );

  test('starts a training, shows it live, and answers what came of it', async () => {
    const asked = input(7);
    const first = await trainSupervisedClassifier.handler(asked, context);
    expect(first).toMatchObject({ job_name: 'train-abcdef/TrainModel/1/0', result: null, failure: null });
    const running = await vi.waitUntil(
      async () => {
        const view = await getTrainingJob.handler({ job_name: first.job_name }, context);
        return view.progress === 50 ? view : false;
      },
      { timeout: 30_000 },
    );
    expect(running).toMatchObject({ status: 'InProgress', phase: 'cross_validation', metrics: { f1_score: 0.62 } });
    writeFileSync(join(dir, 'go'), '');
    const done = await ended(asked);
    expect(trainSupervisedClassifier.output.parse(done)).toEqual(done);
    expect(done.result).toMatchObject({
      training_job_name: 'train-abcdef/TrainModel/1/0',
      model_key: 'trainings/train-abcdef/1/0/model/model.onnx',
      training_report_key: 'trainings/train-abcdef/1/0/model/training_report.json',
      algorithm: 'random_forest',
      training_metrics: {
        cv_f1_score_mean: 0.62,
        cv_accuracy_mean: 0.8,
        train_f1_score: 0.9,
        validation_f1_score: 0.6,
      },
      candidates: [{ algorithm: 'random_forest' }, { algorithm: 'logistic_regression', error: 'did not converge' }],
      class_balance: { original_class_ratio: 0.26 },
      resource_usage: { instance_type: 'local', cpu_count: 2 },
    });
    const { training_time_minutes: minutes, estimated_cost_usd: cost } = done.result?.resource_usage ?? {};
    // A second costs a dollar here; the minutes are rounded.
    expect(cost).toBeCloseTo((minutes ?? 0) * 60, 1);
    expect(cost).toBeGreaterThan(0);
    expect(await trainSupervisedClassifier.handler(asked, context)).toEqual(done);
    expect(await getJobLogs.handler({ job_name: done.job_name, offset: 0 }, context)).toMatchObject({
      text: '[dandori] progress=50 phase=cross_validation f1_score=0.62\n',
      next_offset: 59,
      complete: false,
    });
    expect(await getJobLogs.handler({ job_name: done.job_name, offset: 59 }, context)).toMatchObject({
      text: '',
      complete: true,
    });
    const listed = await listTrainingJobs.handler({ training_id: 'train-abcdef', limit: 20 }, context);
    expect(listed.jobs.map((job) => job.status)).toEqual(['Completed']);
  });

  test('tracks the training and its candidates as experiment runs, and compares them', async () => {
    await ended(input(42));
    const { runs } = await listExperimentRuns.handler({ experiment: 'churn', limit: 20 }, context);
    expect(runs.map((one) => [one.run_id, one.status, one.parent_run_id])).toEqual([
      ['train-abcdef_TrainModel_1_0_logistic_regression', 'FAILED', 'train-abcdef_TrainModel_1_0'],
      ['train-abcdef_TrainModel_1_0_random_forest', 'FINISHED', 'train-abcdef_TrainModel_1_0'],
      ['train-abcdef_TrainModel_1_0', 'FINISHED', null],
    ]);
    expect(runs[2]).toMatchObject({
      params: {
        cv_folds: '2',
        time_ordered: 'false',
        seed: '42',
        chosen_algorithm: 'random_forest',
        'preprocessing.normalize': 'standard',
      },
      metrics: { cv_f1_score_mean: 0.62, validation_f1_score: 0.6, learning_curve_validation_f1_score: 0.6 },
      tags: { data_version: '1.0.0', job_name: 'train-abcdef/TrainModel/1/0' },
    });
    const { experiments } = context.ports;
    const history = await experiments.metricHistory({ runId: 'train-abcdef_TrainModel_1_0', key: 'cv_f1_score' });
    expect(history.map((point) => [point.step, point.value])).toEqual([
      [1, 0.61],
      [2, 0.63],
    ]);
    const again = { ...input(42), run: { ...run, visit: 2 } };
    await ended(again);
    const run_ids = ['train-abcdef_TrainModel_1_0', 'train-abcdef_TrainModel_2_0'];
    const answer = await compareRuns.handler({ run_ids, metric: 'validation_f1_score' }, context);
    expect(answer).toMatchObject({
      best_run_id: run_ids[0],
      differing_params: {},
      metrics: { train_f1_score: [0.9, 0.9] },
    });
    await expect(compareRuns.handler({ run_ids, metric: 'auc' }, context)).rejects.toThrow(/validation_f1_score/);
  });

  test('answers why a training failed, and marks its run', async () => {
    const answer = await ended(input(13));
    expect(answer).toMatchObject({
      status: 'Failed',
      failure: { kind: 'program', reason: 'The seed brings bad luck.', exit_code: 1 },
      result: null,
    });
    const { runs } = await listExperimentRuns.handler({ training_id: 'train-abcdef', limit: 20 }, context);
    expect(runs[0]).toMatchObject({ status: 'FAILED', tags: { failure_kind: 'program' } });
    // A retry is a job of its own with a log of its own.
    const retry = await ended({ ...input(13), run: { ...run, attempt: 1 } });
    expect(retry.job_name).toBe('train-abcdef/TrainModel/1/1');
    const logs = await context.ports.objects.list({ prefix: 'logs/train-abcdef/' });
    expect(logs.map((info) => info.key)).toEqual([
      'logs/train-abcdef/training.1.1.log',
      'logs/train-abcdef/training.log',
    ]);
  });

  test('runs a user`s own script, with its hyperparameters, and does without a report', async () => {
    const answer = await ended(input(42, { training_script_key: 'scripts/train.py' }));
    expect(answer).toMatchObject({
      status: 'Completed',
      result: {
        algorithm: 'custom_script',
        training_report_key: null,
        training_metrics: { f1_score: 0.62 },
        candidates: [],
      },
    });
    const signature = await context.ports.objects.get({ key: answer.result?.signature_key ?? '' });
    expect(JSON.parse(Buffer.from(signature).toString())).toMatchObject({
      n_estimators: '100',
      criterion: 'gini',
      sagemaker_program: 'train.py',
    });
  });

  test('tells programs apart by what is in them, not by the run that keeps them', async () => {
    const opened = async (trainingId: string, body: string): Promise<string> => {
      const key = `optimizations/${trainingId}/code/train.py`;
      await context.ports.objects.put({ key, body });
      const asked = { ...input(42, { training_script_key: key }), run: { ...run, training_id: trainingId } };
      await openRun(context.ports, asked, trainingId);
      return experimentRunId(asked.run);
    };
    const [first, same, other] = [await opened('a', '1'), await opened('b', '1'), await opened('c', '2')];
    const differing = async (id: string) => {
      const answer = await compareRuns.handler({ run_ids: [first, id] }, context);
      return Object.keys(compareRuns.output.parse(answer).differing_params);
    };
    expect([await differing(same), await differing(other)]).toEqual([[], ['script_sha256']]);
  });

  test('lays the hooks beside the program, and answers the list of files as the model', async () => {
    const answer = await ended(
      input(42, { training_script_key: 'scripts/train.py', inference_script_key: 'scripts/inference.py' }),
    );
    expect(answer.result?.model_key).toMatch(/\/model\/python_model\.json$/);
  });

  test('takes no hooks that the plan does not name, and none without a program', async () => {
    const unplanned = ended(input(15, { training_script_key: 'scripts/train.py' }));
    await expect(unplanned).rejects.toMatchObject({ code: 'not_allowed' });
    const alone = { ...input(42), inference_script_key: 'scripts/inference.py' };
    await expect(trainSupervisedClassifier.handler(alone, context)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('gives a script the hyperparameters under its own name and needs no algorithm', async () => {
    const asked = input(42, { training_script_key: 'scripts/train.py' });
    asked.training_spec = {
      ...asked.training_spec,
      algorithms: [],
      hyperparameters: { training_script: { depth: 3, sizes: [1, 2] } },
    };
    const answer = await ended(asked);
    const signature = await context.ports.objects.get({ key: answer.result?.signature_key ?? '' });
    expect(JSON.parse(Buffer.from(signature).toString())).toMatchObject({ depth: '3', sizes: '[1,2]' });
    const none = { ...asked, training_script_key: null };
    await expect(trainSupervisedClassifier.handler(none, context)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('keeps a training script as it is now, from a data root only', async () => {
    const script = join(dir, 'train.py');
    writeFileSync(script, 'print(1)');
    const keep = (path: string): ReturnType<typeof storeTrainingScript.handler> =>
      storeTrainingScript.handler(
        { run: { ...run, state: 'OptimizeWorkflow' }, path },
        { ...context, dataRoots: [dir] },
      );
    const kept = await keep(script);
    expect(kept).toMatchObject({ key: 'optimizations/train-abcdef/code/train.py', bytes: 8 });
    writeFileSync(script, 'print(2)');
    expect(Buffer.from(await context.ports.objects.get({ key: kept.key })).toString()).toBe('print(1)');
    await expect(keep('/etc/hostname')).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(keep(join(dir, 'trainer.mjs'))).rejects.toMatchObject({ code: 'invalid_input' });
    writeFileSync(script, 'x'.repeat(1_000_001));
    await expect(keep(script)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('refuses a training that ended well without a whole model', async () => {
    await expect(ended(input(14))).rejects.toMatchObject({ code: 'job_failed' });
    await expect(ended(input(14))).rejects.toThrow(/signature\.json/);
  });

  test('refuses the wrong kind of task and a spec of another run', async () => {
    await expect(trainSupervisedRegressor.handler(input(42), context)).rejects.toMatchObject({ code: 'invalid_input' });
    const other = { ...input(42), run: { ...run, training_id: 'train-another' } };
    await expect(trainSupervisedClassifier.handler(other, context)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await jobs.listJobs({})).toEqual([]);
  });

  test('says what this machine offers and gives no price', async () => {
    const answer = await selectOptimalResources.handler({ rows: 1e12, columns: 10 }, context);
    expect(answer).toMatchObject({ resource_type: 'cpu', estimated_cost_usd: null, use_spot_instances: false });
    expect(answer.reasons.join(' ')).toContain('train on fewer rows');
    expect(answer.recommended_max_memory_mb).toBeLessThan(answer.memory_mb);
  });

  test.each(
    mlTrainingTools.filter((tool) => tool.description.startsWith('Not yet')).map((tool) => [tool.name, tool] as const),
  )('%s says that it is planned', async (_name, tool) => {
    await expect(invokeTool(tool, {}, context)).rejects.toMatchObject({ code: 'not_yet' });
  });
});
