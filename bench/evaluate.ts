import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { evaluationResults } from '../src/contracts/evaluation.js';
import { evaluateJob } from '../src/jobs/evaluation/evaluate-model.js';
import { executeJob } from '../src/jobs/job-context.js';
import { projectRoot } from '../src/root.js';
import { type Figure, median, reportFigures, sizeFrom } from './lib/figures.js';

// Evaluation rows/s: the churn example, trained by the real trainer, evaluated on its own rows repeated to BENCH_ROWS.
// rows/s = reading Parquet, encoding, onnxruntime and metrics; the whole job adds tests, baseline, pictures and reports.

const rows = sizeFrom('BENCH_ROWS', 200_000);
const turns = 5;
const algorithms = ['logistic_regression', 'random_forest', 'xgboost'] as const;
const csv = join(projectRoot, 'examples/churn/churn.csv');
// Yes and No stay text, as in the prepared data.
const table = `read_csv('${csv}', auto_type_candidates = ['BIGINT', 'DOUBLE', 'VARCHAR'])`;
const trainingId = 'train-20250128-bench1';
const python = join(projectRoot, '.venv/bin/python');

const folder = mkdtempSync(join(tmpdir(), 'dandori-bench-evaluate-'));
const path = (...parts: string[]) => {
  const full = join(folder, ...parts);
  mkdirSync(join(full, '..'), { recursive: true });
  return full;
};

async function features(connection: DuckDBConnection) {
  const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${table}`);
  return reader
    .getRowObjectsJS()
    .map((row) => ({ name: String(row['column_name']), type: String(row['column_type']) }))
    .filter((column) => column.name !== 'churn')
    .map(({ name, type }) => ({
      name,
      kind: type === 'VARCHAR' ? 'categorical' : type === 'BOOLEAN' ? 'boolean' : 'numeric',
    }));
}

async function prepare(connection: DuckDBConnection): Promise<void> {
  const source = `(SELECT *, row_number() OVER () AS row_id FROM ${table})`;
  const write = (name: string, where: string, repeat = 1, limit = '') =>
    connection.run(
      `COPY (SELECT * EXCLUDE (row_id) FROM ${source}, range(${repeat}) WHERE ${where} ${limit}) TO '${path('data', name)}' (FORMAT parquet)`.replace(
        'EXCLUDE (row_id)',
        'EXCLUDE (row_id, range)',
      ),
    );
  await write('train.parquet', 'row_id % 5 < 3');
  await write('validation.parquet', 'row_id % 5 = 3');
  await write('test.parquet', 'row_id % 5 = 4', Math.ceil(rows / 1400), `LIMIT ${rows}`);
}

function train(algorithm: string, columns: unknown): void {
  const spec = {
    format: 1,
    training_id: trainingId,
    learning_type: 'supervised',
    task_type: 'classification',
    target: 'churn',
    classes: ['No', 'Yes'],
    positive_class: 'Yes',
    algorithms: [algorithm],
    hyperparameters: {},
    features: columns,
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
    seed: 42,
    metric: 'f1_score',
  };
  const root = `train-${algorithm}`;
  for (const split of ['train', 'validation']) {
    copyFileSync(path('data', `${split}.parquet`), path(root, 'input/data', split, `${split}.parquet`));
  }
  writeFileSync(path(root, 'input/data/spec/training_spec.json'), JSON.stringify(spec));
  writeFileSync(path(root, 'input/config/hyperparameters.json'), '{}');
  const environment = { ...process.env, DANDORI_ML_ROOT: join(folder, root), PYTHONPATH: join(projectRoot, 'trainer') };
  execFileSync(python, ['-m', 'dandori_trainer', 'train'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** One job, as it runs in service; what it says of itself. */
async function evaluateOnce(algorithm: string, turn: number) {
  const root = `evaluate-${algorithm}-${turn}`;
  for (const file of ['model.onnx', 'signature.json', 'training_report.json']) {
    copyFileSync(path(`train-${algorithm}`, 'model', file), path(root, 'input/data/model', file));
  }
  for (const split of ['train', 'test']) {
    copyFileSync(path('data', `${split}.parquet`), path(root, 'input/data', split, `${split}.parquet`));
  }
  const spec = {
    format: 1,
    training_id: trainingId,
    task_type: 'classification',
    target: 'churn',
    bias_check_level: 'standard',
    sensitive_attributes: [],
    class_wise_analysis: true,
    criteria: [],
    previous_version: null,
    language: 'en',
  };
  writeFileSync(path(root, 'input/data/spec/evaluation_spec.json'), JSON.stringify(spec));
  const startedMs = performance.now();
  const code = await executeJob(evaluateJob, { root: join(folder, root), write: () => undefined });
  if (code !== 0) throw new Error(readFileSync(path(root, 'output/failure'), 'utf8'));
  const results = evaluationResults.parse(JSON.parse(readFileSync(path(root, 'output/data/results.json'), 'utf8')));
  return { results, seconds: (performance.now() - startedMs) / 1000 };
}

async function evaluate(algorithm: string): Promise<Figure> {
  const done = [];
  for (let turn = 0; turn < turns; turn += 1) done.push(await evaluateOnce(algorithm, turn));
  const tests = done.flatMap(({ results }) => results.model_tests);
  const failed = tests.filter((test) => !test.passed).map((test) => `${test.name}: ${test.detail}`);
  const outcome = failed.length === 0 ? 'model tests pass' : `model tests fail: ${failed.join('; ')}`;
  const seconds = median(done.map((one) => one.seconds)).toFixed(2);
  return {
    name: `evaluation, ${algorithm}`,
    value: median(done.map(({ results }) => results.rows_per_second)),
    unit: 'rows/s',
    goal: { least: 100_000 },
    note: `median of ${turns}; whole job ${seconds} s for ${rows} rows; ${outcome}`,
  };
}

const figures: Figure[] = [];
try {
  const connection = await (await DuckDBInstance.create()).connect();
  await prepare(connection);
  const columns = await features(connection);
  connection.closeSync();
  for (const algorithm of algorithms) {
    train(algorithm, columns);
    figures.push(await evaluate(algorithm));
  }
  reportFigures(figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
