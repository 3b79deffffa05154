import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppliedOptimizations } from '../../contracts/applied-optimizations.js';
import type { EvaluationResults } from '../../contracts/evaluation.js';
import type { TrainingRequest } from '../../contracts/request.js';
import type { RunRef } from '../../contracts/run-ref.js';
import type { TrainingReport } from '../../contracts/training.js';
import type { DatasetVersion } from '../../ports/dataset-catalog.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { parseBody } from '../../request/parse-body.js';
import { projectRoot } from '../../root.js';
import { sha256Of } from '../shared/digest.js';

export const planHash = 'a'.repeat(64);

/** A run reference for tests. */
export function runOf(state: string, trainingId = 'train-20260110-000001', visit = 1): RunRef {
  return { training_id: trainingId, state, visit, attempt: 0 };
}

const parsed = parseBody(`
task_type: classification
algorithm: [logistic_regression, random_forest]
dataset_id: churn
target: churn
positive_class: Yes
evaluation_threshold: 0.5
`);

/** A request for tests, with the defaults of a real one. */
export function requestOf(changes: Partial<TrainingRequest> = {}): TrainingRequest {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.request, ...changes };
}

/** A proposal for tests that adds nothing to the request. */
export function appliedOf(request: TrainingRequest): AppliedOptimizations {
  const { algorithms, hyperparameters, data_preprocessing: preprocessing, criteria, cv_folds } = request;
  return {
    format: 1,
    performance_profile: 'balanced',
    class_imbalance_handling: 'none',
    priority_metrics: ['f1_score'],
    bias_check_level: 'none',
    class_wise_analysis: false,
    cv_folds,
    algorithms,
    hyperparameters,
    preprocessing,
    criteria,
    deployment_strategy: 'all_at_once',
    monitoring_intensity: 'low',
    items: [],
  };
}

/** A dataset version for tests; the digest is that of the text `rows`. */
export function datasetOf(rows = 'rows of january', version = '1.0.0'): DatasetVersion {
  return {
    datasetId: 'churn',
    version,
    digest: sha256Of(rows),
    contentDigest: sha256Of(`content of ${rows}`),
    dataKey: 'datasets/churn/data.parquet',
    rawKey: 'datasets/churn/raw/data.csv',
    format: 'csv',
    bytes: 1000,
    rows: 7043,
    columns: [{ name: 'churn', type: 'VARCHAR' }],
    source: 'churn.csv',
    profileKey: 'datasets/churn/profile.json',
    createdAt: '2026-01-01T00:00:00Z',
  };
}

/** What the trainer says about a model, for tests. */
function reportOf(changes: Partial<TrainingReport> = {}): TrainingReport {
  return {
    format: 1,
    training_id: 'train-20260110-000001',
    algorithm: 'random_forest',
    hyperparameters: { n_estimators: 100, max_depth: 10 },
    candidates: [],
    train_metrics: { f1_score: 0.7 },
    validation_metrics: { f1_score: 0.62 },
    timings_seconds: {},
    ...changes,
  };
}

const fixtureModel = (name: string) => readFileSync(join(projectRoot, 'src/serving/fixtures/churn', name));

/** What an evaluation says about the fixture model, for tests. */
export function resultsOf(changes: Partial<EvaluationResults> = {}): EvaluationResults {
  return {
    format: 1,
    training_id: 'train-20260110-000001',
    task_type: 'classification',
    rows: 1057,
    metrics: { accuracy: 0.8, f1_score: 0.61, auc_roc: null },
    averaging: 'binary',
    positive_class: 'Yes',
    class_wise_metrics: {},
    confusion_matrix: null,
    roc_curve: null,
    bias_check: null,
    comparison: null,
    model_tests: [],
    runtime: { name: 'onnxruntime-node', version: '1.30.0' },
    model_sha256: sha256Of(fixtureModel('model.onnx')),
    duration_ms: 10,
    rows_per_second: 100_000,
    pictures: [],
    ...changes,
  };
}

/** Lays the outputs of a training and of its evaluation into the store; answers their prefixes. */
export async function storeTraining(
  objects: ObjectStore,
  options: {
    report?: Partial<TrainingReport>;
    results?: Partial<EvaluationResults>;
    signature?: string;
    model?: Uint8Array;
  } = {},
): Promise<{ output_prefix: string; evaluation_prefix: string }> {
  const output_prefix = 'trainings/t/1/0';
  const evaluation_prefix = 'evaluations/t';
  await objects.put({ key: `${output_prefix}/model/model.onnx`, body: options.model ?? fixtureModel('model.onnx') });
  await objects.put({
    key: `${output_prefix}/model/signature.json`,
    body: options.signature ?? fixtureModel('signature.json'),
  });
  await objects.put({
    key: `${output_prefix}/model/training_report.json`,
    body: JSON.stringify(reportOf(options.report)),
  });
  await objects.put({ key: `${evaluation_prefix}/results.json`, body: JSON.stringify(resultsOf(options.results)) });
  return { output_prefix, evaluation_prefix };
}
