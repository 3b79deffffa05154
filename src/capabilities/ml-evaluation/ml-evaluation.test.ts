import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { executeJob } from '../../jobs/job-context.js';
import { evaluateJob } from '../../jobs/evaluation/evaluate-model.js';
import { invokeTool } from '../../mcp/invoke-tool.js';
import type { ToolDefinition } from '../../mcp/define-tool.js';
import type { JobDescription, JobPlatform, JobRequest } from '../../ports/job-platform.js';
import type { Ports } from '../../ports/ports.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { unused } from '../testing/fake-stores.js';
import { biasCheck } from './bias-check.js';
import { compareModels } from './compare-models.js';
import { evaluateClassifier } from './evaluate-classifier.js';
import { evaluateRegressor } from './evaluate-regressor.js';
import { generateConfusionMatrix } from './generate-confusion-matrix.js';
import { generateRocCurve } from './generate-roc-curve.js';
import { mlEvaluationTools } from './index.js';

const trainingId = 'train-20250128-000001';
const fixtures = new URL('../../jobs/evaluation/fixtures', import.meta.url).pathname;

/** Runs the evaluate job in this process when it is started, so that the next look finds it completed. */
function inlineJobs(objects: Ports['objects'], folder: string) {
  const started = new Map<string, JobDescription>();
  const requests: JobRequest[] = [];
  const platform: JobPlatform = {
    ...unused<JobPlatform>('jobs'),
    async startJob(request) {
      const before = started.get(request.jobName);
      if (before !== undefined) return before;
      requests.push(request);
      const root = join(folder, String(requests.length));
      const lay = (channel: string, name: string, body: Uint8Array | string) => {
        mkdirSync(join(root, 'input', 'data', channel), { recursive: true });
        writeFileSync(join(root, 'input', 'data', channel, name), body);
      };
      for (const [channel, files] of Object.entries(request.channels)) {
        for (const { key, fileName } of files) lay(channel, fileName, await objects.get({ key }));
      }
      for (const { channel, fileName, json } of request.documents) lay(channel, fileName, JSON.stringify(json));
      const code = await executeJob(evaluateJob, { root, write: () => undefined });
      const output = join(root, 'output', 'data');
      for (const name of readdirSync(output)) {
        await objects.putFile({ key: `${request.outputPrefix}/output/${name}`, path: join(output, name) });
      }
      const ended = job(
        request,
        code === 0 ? {} : { status: 'Failed', failureKind: 'program', failureReason: 'it failed' },
      );
      started.set(request.jobName, ended);
      return { ...ended, status: 'Pending', progressPercent: null };
    },
  };
  return { platform, requests };
}

function job(
  request: Pick<JobRequest, 'jobName' | 'outputPrefix'>,
  change: Partial<JobDescription> = {},
): JobDescription {
  return {
    jobName: request.jobName,
    status: 'Completed',
    failureReason: null,
    failureKind: null,
    exitCode: 0,
    progressPercent: 100,
    phase: 'done',
    metrics: {},
    createdAt: '2025-01-28T00:00:00Z',
    startedAt: '2025-01-28T00:00:00Z',
    endedAt: '2025-01-28T00:00:01Z',
    peakMemoryMb: null,
    estimatedCostUsd: null,
    heartbeatAt: null,
    outputPrefix: request.outputPrefix,
    ...change,
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dandori-tools-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function setUp(kind = 'binary') {
  const ports = fakePorts();
  const { objects } = ports;
  const put = (key: string, file: string) => objects.put({ key, body: readFileSync(join(fixtures, file)) });
  for (const file of ['model.onnx', 'signature.json', 'training_report.json'])
    await put(`trainings/t/1/0/model/${file}`, `${kind}/${file}`);
  for (const split of ['train', 'test']) await put(`splits/${split}.parquet`, `${kind}/${split}.parquet`);
  const { platform, requests } = inlineJobs(objects, folder);
  return { ports, objects, requests, put, context: fakeContext({ ...ports, jobs: platform }) };
}

function inputOf(
  change: Partial<z.input<typeof evaluateClassifier.input>> = {},
): z.output<typeof evaluateClassifier.input> {
  return evaluateClassifier.input.parse({
    run: { training_id: trainingId, state: 'EvaluateModel', visit: 1, attempt: 0 },
    output_prefix: 'trainings/t/1/0',
    test_key: 'splits/test.parquet',
    train_key: 'splits/train.parquet',
    target: 'churn',
    sensitive_attributes: ['gender'],
    ...change,
  });
}

describe('evaluate_classifier', () => {
  it('starts the job once and answers its result when it has ended', async () => {
    const { context, objects, requests } = await setUp();
    const first = await evaluateClassifier.handler(inputOf(), context);
    expect(first).toEqual({
      job_name: `${trainingId}/EvaluateModel/1/0`,
      status: 'Pending',
      progress: null,
      phase: 'done',
      result: null,
    });
    const second = await evaluateClassifier.handler(inputOf(), context);
    const third = await evaluateClassifier.handler(inputOf(), context);
    expect(requests).toHaveLength(1);
    expect(third).toEqual(second);
    const { result } = evaluateClassifier.output.parse(second);
    expect(result).toMatchObject({
      task_type: 'classification',
      rows: 300,
      cv: { metric: 'f1_score' },
      evaluation_prefix: `evaluations/${trainingId}/visits/1`,
      results_key: `evaluations/${trainingId}/visits/1/results.json`,
      baseline: { statistics_key: `evaluations/${trainingId}/visits/1/statistics.json` },
    });
    expect(JSON.stringify(second).length).toBeLessThan(16_000);
    const keys = objects.keys();
    for (const file of ['results.json', 'confusion_matrix.png', 'roc_curve.png', 'evaluation_report.md']) {
      expect(keys).toContain(`evaluations/${trainingId}/${file}`);
      expect(keys).toContain(`evaluations/${trainingId}/visits/1/${file}`);
    }
  });

  it('adds the test metrics to the experiment run of the training that it evaluates, once', async () => {
    const { context, ports } = await setUp();
    const { experiments } = ports;
    const runIds = [1, 2].map((visit) => `${trainingId}_TrainModel_${visit}_0`);
    for (const [index, runId] of runIds.entries()) {
      await experiments.createRun({ runId, experiment: 'churn', runName: runId, tags: { training_id: trainingId } });
      await experiments.logBatch({ runId, artifacts: [`trainings/t/${index + 1}/0/model/model.onnx`] });
    }
    for (let call = 0; call < 3; call++) await evaluateClassifier.handler(inputOf(), context);
    const [evaluated, other] = await Promise.all(runIds.map((runId) => experiments.getRun({ runId })));
    expect(evaluated?.metrics).toMatchObject({ test_accuracy: expect.any(Number), test_f1_score: expect.any(Number) });
    expect(other?.metrics).toEqual({});
  });

  it('evaluates the version in service beside it, and without its files says why not', async () => {
    const { context, put, objects } = await setUp();
    const previous = { version: '1.0.0', package_prefix: 'models/churn/1.0.0' };
    await evaluateClassifier.handler(inputOf({ previous }), context);
    const alone = await evaluateClassifier.handler(inputOf({ previous }), context);
    expect(alone.result?.comparison).toBeNull();
    expect(objects.keys()).toContain(`evaluations/${trainingId}/comparison.json`);
    for (const file of ['model.onnx', 'signature.json']) await put(`models/churn/1.0.0/${file}`, `previous/${file}`);
    const run = { training_id: trainingId, state: 'EvaluateModel', visit: 2, attempt: 0 };
    await evaluateClassifier.handler(inputOf({ previous, run }), context);
    const beside = await evaluateClassifier.handler(inputOf({ previous, run }), context);
    expect(beside.result?.comparison?.previous_version).toBe('1.0.0');
  });

  it('keeps each visit and takes away what the newest did not make', async () => {
    const { context, objects } = await setUp();
    await evaluateClassifier.handler(
      inputOf({ previous: { version: '1.0.0', package_prefix: 'models/none' } }),
      context,
    );
    await evaluateClassifier.handler(inputOf(), context);
    const run = { training_id: trainingId, state: 'EvaluateModel', visit: 2, attempt: 0 };
    await evaluateClassifier.handler(inputOf({ run }), context);
    await evaluateClassifier.handler(inputOf({ run }), context);
    const keys = objects.keys();
    expect(keys).toContain(`evaluations/${trainingId}/visits/1/comparison.json`);
    expect(keys).not.toContain(`evaluations/${trainingId}/comparison.json`);
    expect(keys).toContain(`evaluations/${trainingId}/visits/2/results.json`);
  });

  it.each([
    ['program', 'job_failed'],
    ['time_limit', 'limit_exceeded'],
    ['memory_limit', 'limit_exceeded'],
    ['disk', 'limit_exceeded'],
    ['killed', 'unavailable'],
    ['platform', 'unavailable'],
  ] as const)('throws when the job failed: %s is %s', async (failureKind, code) => {
    const { ports } = await setUp();
    const jobs: JobPlatform = {
      ...unused<JobPlatform>('jobs'),
      startJob: async (request) => job(request, { status: 'Failed', failureKind, failureReason: 'the rows are empty' }),
    };
    await expect(evaluateClassifier.handler(inputOf(), fakeContext({ ...ports, jobs }))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/the rows are empty/),
    });
  });

  it('says that a stopped job was cancelled', async () => {
    const { ports } = await setUp();
    const jobs: JobPlatform = {
      ...unused<JobPlatform>('jobs'),
      startJob: async (request) => job(request, { status: 'Stopped' }),
    };
    await expect(evaluateClassifier.handler(inputOf(), fakeContext({ ...ports, jobs }))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('evaluate_regressor', () => {
  it('answers the metrics of a regression', async () => {
    const { context } = await setUp('regression');
    await evaluateRegressor.handler(inputOf({ target: 'price' }), context);
    const { result } = await evaluateRegressor.handler(inputOf({ target: 'price' }), context);
    expect(Object.keys(result?.metrics ?? {})).toEqual(['rmse', 'mae', 'r2', 'mape']);
    await expect(
      generateConfusionMatrix.handler({ training_id: trainingId, language: 'en' }, context),
    ).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/a regression/),
    });
  });
});

describe('generate_confusion_matrix', () => {
  it('counts given labels and draws them, foreign names escaped', async () => {
    const { context } = await setUp();
    const answer = await generateConfusionMatrix.handler(
      { true_labels: ['a', 'a', '<script>'], predicted_labels: ['a', '<script>', '<script>'], language: 'en' },
      context,
    );
    expect(answer).toMatchObject({
      labels: ['<script>', 'a'],
      matrix: [
        [1, 0],
        [1, 1],
      ],
      rows: 3,
      picture_key: null,
    });
    expect(answer.svg).toMatch(/^<svg/);
    expect(answer.svg).not.toMatch(/<script>/);
  });

  it('answers the stored matrix of a training', async () => {
    const { context } = await setUp();
    await evaluateClassifier.handler(inputOf(), context);
    await evaluateClassifier.handler(inputOf(), context);
    const answer = await generateConfusionMatrix.handler({ training_id: trainingId, language: 'en' }, context);
    expect(answer).toMatchObject({
      labels: ['No', 'Yes'],
      picture_key: `evaluations/${trainingId}/confusion_matrix.png`,
      svg: null,
    });
  });

  it.each([
    ['nothing', {}, 'invalid_input'],
    ['one list', { true_labels: ['a'] }, 'invalid_input'],
    ['lists of different lengths', { true_labels: ['a'], predicted_labels: ['a', 'b'] }, 'invalid_input'],
    ['both ways', { training_id: trainingId, true_labels: ['a'] }, 'invalid_input'],
    ['a training without an evaluation', { training_id: trainingId }, 'not_found'],
  ])('refuses %s', async (_, input, code) => {
    const { context } = await setUp();
    await expect(generateConfusionMatrix.handler({ language: 'en', ...input }, context)).rejects.toMatchObject({
      code,
    });
  });
});

describe('generate_roc_curve', () => {
  it('computes the curve of given scores', async () => {
    const { context } = await setUp();
    const answer = await generateRocCurve.handler(
      { true_labels: ['y', 'n', 'y', 'n'], scores: [0.9, 0.1, 0.4, 0.4], positive_class: 'y', language: 'ja' },
      context,
    );
    expect(answer.curves[0]?.auc).toBe(0.875);
    expect(answer.svg).toMatch(/ROC曲線/);
  });

  it('answers the stored curves of a training', async () => {
    const { context } = await setUp();
    await evaluateClassifier.handler(inputOf(), context);
    await evaluateClassifier.handler(inputOf(), context);
    const answer = await generateRocCurve.handler({ training_id: trainingId, language: 'en' }, context);
    expect(answer.curves.map((curve) => curve.label)).toEqual(['Yes']);
    expect(answer.picture_key).toBe(`evaluations/${trainingId}/roc_curve.png`);
  });

  it.each([
    ['nothing', {}, 'invalid_input'],
    ['one class only', { true_labels: ['y', 'y'], scores: [1, 2], positive_class: 'y' }, 'invalid_input'],
    [
      'a positive class that does not occur',
      { true_labels: ['y', 'n'], scores: [1, 2], positive_class: 'z' },
      'invalid_input',
    ],
    ['lists of different lengths', { true_labels: ['y', 'n'], scores: [1], positive_class: 'y' }, 'invalid_input'],
    ['both ways', { training_id: trainingId, scores: [1] }, 'invalid_input'],
  ])('refuses %s', async (_, input, code) => {
    const { context } = await setUp();
    await expect(generateRocCurve.handler({ language: 'en', ...input }, context)).rejects.toMatchObject({ code });
  });
});

describe('bias_check', () => {
  /** 100 rows a group; `selected` of them predicted and truly positive. */
  const given = (selected: Record<string, number>) => {
    const rows = Object.entries(selected).flatMap(([group, count]) =>
      Array.from({ length: 100 }, (_, row) => ({ group, label: row < count ? 'y' : 'n' })),
    );
    const labels = rows.map((row) => row.label);
    return {
      true_labels: labels,
      predicted_labels: labels,
      groups: rows.map((row) => row.group),
      positive_class: 'y',
      attribute: 'team',
    };
  };

  it.each([
    ['standard', { a: 50, b: 40 }, 0.8, true],
    ['standard', { a: 50, b: 39 }, 0.78, false],
    ['strict', { a: 50, b: 45 }, 0.9, true],
    ['strict', { a: 50, b: 44 }, 0.88, false],
    ['basic', { a: 50, b: 1 }, 0.02, null],
    ['standard', { a: 0, b: 0 }, null, false],
    ['standard', { a: 50 }, null, false],
  ] as const)('at level %s, %o selected of 100 score %s', async (level, selected, score, passes) => {
    const { context } = await setUp();
    const answer = await biasCheck.handler({ ...given(selected), level }, context);
    expect(answer.bias_check.fairness_score).toBe(score);
    expect(answer.passes).toBe(passes);
  });

  it('does not judge groups with fewer than 30 rows', async () => {
    const { context } = await setUp();
    const { groups, ...rest } = given({ a: 50, b: 50 });
    const small = groups.map((group, row) => (group === 'b' && row >= 120 ? 'c' : group));
    const { bias_check } = await biasCheck.handler({ ...rest, groups: small, level: 'standard' }, context);
    expect(bias_check.groups.map((one) => [one.group, one.rows])).toEqual([
      ['a', 100],
      ['c', 80],
      ['b', 20],
    ]);
    // b has only selected rows; it is left out, a and c are compared.
    expect(bias_check.fairness_score).toBeCloseTo(0.375 / 0.5);
  });

  it('answers the stored check of a training', async () => {
    const { context } = await setUp();
    await evaluateClassifier.handler(inputOf(), context);
    await evaluateClassifier.handler(inputOf(), context);
    const answer = await biasCheck.handler({ training_id: trainingId, level: 'standard', attribute: 'group' }, context);
    expect(answer).toMatchObject({ bias_check: { level: 'standard' }, passes: true });
  });

  it('refuses a call without rows', async () => {
    const { context } = await setUp();
    await expect(biasCheck.handler({ level: 'standard', attribute: 'group' }, context)).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});

describe('compare_models', () => {
  async function twoVersions() {
    const { context, ports, put } = await setUp();
    for (const file of ['model.onnx', 'signature.json']) await put(`models/churn/1.0.0/${file}`, `previous/${file}`);
    const input = inputOf({ previous: { version: '1.0.0', package_prefix: 'models/churn/1.0.0' } });
    await evaluateClassifier.handler(input, context);
    await evaluateClassifier.handler(input, context);
    const other = 'train-20250101-000000';
    const results = JSON.parse(ports.objects.text(`evaluations/${trainingId}/results.json`));
    const older = {
      ...results,
      training_id: other,
      comparison: null,
      metrics: { ...results.metrics, accuracy: 0.5, log_loss: 0.1 },
    };
    await ports.objects.put({ key: `evaluations/${other}/results.json`, body: JSON.stringify(older) });
    const version = {
      modelName: 'churn',
      approvalStatus: 'Approved',
      stage: 'None',
      packagePrefix: '',
      digests: {},
      facts: {},
      metrics: {},
      description: '',
    } as const;
    await ports.registry.registerVersion({ ...version, version: '1.0.0', trainingId: other });
    await ports.registry.registerVersion({ ...version, version: '1.1.0', trainingId });
    return { context, other };
  }

  it('compares two trainings, each on its own rows', async () => {
    const { context, other } = await twoVersions();
    const answer = await compareModels.handler(
      { previous: { training_id: other }, current: { training_id: trainingId } },
      context,
    );
    expect(answer.same_rows).toBe(false);
    expect(answer.metrics['accuracy']).toMatchObject({ previous: 0.5, better: 'current' });
    expect(answer.metrics['log_loss']).toMatchObject({ previous: 0.1, better: 'previous' });
    expect(answer.metrics['recall']).toMatchObject({ difference: 0, better: 'same' });
  });

  it('answers the figures of the same rows where there are any', async () => {
    const { context } = await twoVersions();
    const answer = await compareModels.handler(
      { previous: { model_name: 'churn', version: '1.0.0' }, current: { model_name: 'churn', version: '1.1.0' } },
      context,
    );
    expect(answer.same_rows).toBe(true);
    expect(answer.metrics['accuracy']?.previous).toBeCloseTo(0.67);
    expect(answer.agreement).toBeGreaterThan(0.5);
  });

  it('refuses a model that is named in no way or in both', async () => {
    const { context } = await twoVersions();
    const ask = (previous: object) =>
      compareModels.handler({ previous, current: { training_id: trainingId } }, context);
    await expect(ask({})).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(ask({ training_id: trainingId, version: '1.0.0' })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('the tools of the capability', () => {
  const planned = ['evaluate_clustering', 'evaluate_reinforcement', 'calculate_shap_values'];

  it.each(planned)('%s says that it is planned', async (name) => {
    const { context } = await setUp();
    const tool: ToolDefinition | undefined = mlEvaluationTools.find((one) => one.name === name);
    await expect(tool === undefined ? undefined : invokeTool(tool, {}, context)).rejects.toMatchObject({
      code: 'not_yet',
    });
  });

  it('only evaluate in the state for it', () => {
    expect(mlEvaluationTools.filter((tool) => tool.effect !== null).map((tool) => tool.name)).toEqual([
      'evaluate_classifier',
      'evaluate_regressor',
    ]);
    for (const tool of mlEvaluationTools) expect(tool.annotations.readOnlyHint).toBe(tool.effect === null);
  });
});
