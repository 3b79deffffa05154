import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { evaluationSpec, type EvaluationResults, type EvaluationSpec } from '../../contracts/evaluation.js';
import { artefactOf } from '../../contracts/python-model.js';
import { trainingReport } from '../../contracts/training.js';
import { codeOf, messageOf } from '../../errors.js';
import type { Job } from '../job-context.js';
import { computeBaseline, type Baseline } from './baseline.js';
import { whyNotComparable } from './comparison.js';
import { failedArtefact, runModelTests, type ModelTest } from './model-tests.js';
import { loadModel, onnxRuntime, readSignature, type Model } from './model.js';
import { openDuckDb, openParquet, readBatches, type ParquetFile } from './parquet.js';
import { drawPictures, type Picture } from './pictures/draw.js';
import { predictTestRows, type TestPredictions } from './predictions.js';
import { scorePredictions, unknownScores, type Scores } from './score.js';
import { selectFeatures } from './select-columns.js';
import { writeOutputs } from './write-outputs.js';

/** Rows for the unit checks of the artefact. */
const sampleRows = 16;

/** Everything that one evaluation found. */
export interface Evaluation {
  spec: EvaluationSpec;
  results: EvaluationResults;
  /** Null when the model could not be run. */
  baseline: Baseline | null;
  pictures: Picture[];
  /** Why the version in service was not compared although there is one. */
  comparisonProblem: string | null;
}

/** The evaluate job: reads its channels, runs the artefact, writes every document. Never fails because the model is bad: that is a result. */
export async function evaluateJob(job: Job): Promise<void> {
  const startedMs = performance.now();
  const spec = job.document('spec', 'evaluation_spec.json', evaluationSpec);
  job.progress({ percent: 2, phase: 'loading' });
  const connection = await openDuckDb(job.tempDir);
  try {
    const test = await openParquet(connection, job.channelFile('test', 'test.parquet'), 'test');
    const evaluation = await evaluate({ job, spec, connection, test, startedMs });
    writeOutputs(job.outputDir, evaluation);
    const known = Object.entries(evaluation.results.metrics).filter(
      (entry): entry is [string, number] => entry[1] !== null,
    );
    job.progress({
      percent: 100,
      phase: 'done',
      ...Object.fromEntries(known.map(([name, value]) => [name, Number(value.toFixed(6))])),
    });
  } finally {
    connection.closeSync();
  }
}

interface Surroundings {
  job: Job;
  spec: EvaluationSpec;
  connection: DuckDBConnection;
  test: ParquetFile;
  startedMs: number;
}

async function evaluate(surroundings: Surroundings): Promise<Evaluation> {
  const { job, spec, test, startedMs } = surroundings;
  const path = artefactPath(job, 'model');
  const run = await runArtefact(surroundings, path);
  const { scores } = run;
  job.progress({ percent: 85, phase: 'drawing' });
  const pictures = drawPictures({
    rows: test.rowCount,
    language: spec.language,
    confusion: scores.confusion_matrix,
    curves: scores.roc_curve,
    learningCurve: learningCurve(job),
    regression:
      spec.task_type === 'regression' && run.predictions !== null
        ? { target: spec.target, truth: run.predictions.truth, predicted: run.predictions.current.values }
        : null,
  });
  const results: EvaluationResults = {
    format: 1,
    training_id: spec.training_id,
    task_type: spec.task_type,
    rows: test.rowCount,
    ...scores,
    model_tests: run.tests,
    runtime: run.runtime,
    model_sha256: await sha256(path),
    duration_ms: Math.round(performance.now() - startedMs),
    rows_per_second: run.scoringMs > 0 ? Math.round((test.rowCount / run.scoringMs) * 1000) : 0,
    pictures: pictures.map(({ name, title }) => ({ name, title, png: `${name}.png`, svg: `${name}.svg` })),
  };
  return { spec, results, baseline: run.baseline, pictures, comparisonProblem: run.comparisonProblem };
}

/** The model of a channel: an ONNX file, or the list of files of one with hooks. */
function artefactPath(job: Job, channel: string): string {
  return job.channelFile(channel, artefactOf(job.channelFiles(channel)) ?? 'model.onnx');
}

interface ArtefactRun {
  tests: ModelTest[];
  runtime: Model['runtime'];
  scores: Scores;
  predictions: TestPredictions | null;
  baseline: Baseline | null;
  comparisonProblem: string | null;
  /** Reading, encoding, inference and metrics. */
  scoringMs: number;
}

/** Loads and runs the artefact; whatever it does wrong becomes a failed test, so that the judge can say so. */
async function runArtefact(surroundings: Surroundings, path: string): Promise<ArtefactRun> {
  const { job, spec } = surroundings;
  let loaded = onnxRuntime;
  const failed = (test: ModelTest, tests: ModelTest[] = []): ArtefactRun => ({
    tests: [...tests, test],
    runtime: loaded,
    scores: unknownScores(spec),
    predictions: null,
    baseline: null,
    comparisonProblem: null,
    scoringMs: 0,
  });
  let model: Model;
  try {
    const { python } = job;
    if (basename(path) === 'python_model.json') loaded = { name: 'python', version: 'unknown' };
    model = await loadModel(path, readSignature(job.channelFile('model', 'signature.json')), { python });
    loaded = model.runtime;
    if (model.signature.task_type !== spec.task_type)
      throw new Error(`the model is for ${model.signature.task_type}, the request for ${spec.task_type}`);
  } catch (error) {
    return failed(failedArtefact('artefact_loads', error, spec.language));
  }
  const tests = await testArtefact(surroundings, model);
  let scored: Scored;
  try {
    scored = await scoreArtefact(surroundings, model);
  } catch (error) {
    // Rows that no model could take are not the artefact's fault.
    if (codeOf(error) === 'unusable_data') throw error;
    return failed(failedArtefact('artefact_runs', error, spec.language), tests);
  } finally {
    await model.release();
  }
  job.progress({ percent: 70, phase: 'baseline' });
  const train = await openParquet(surroundings.connection, job.channelFile('train', 'train.parquet'), 'training');
  const baseline = await computeBaseline(surroundings.connection, train, model.signature, scored.predictions.current);
  return { tests, runtime: loaded, ...scored, baseline };
}

async function testArtefact({ job, connection, test }: Surroundings, model: Model): Promise<ModelTest[]> {
  job.progress({ percent: 8, phase: 'testing' });
  const columns = await selectFeatures(connection, test, [model.signature]);
  for await (const batch of readBatches(connection, test, columns, 2048, sampleRows))
    return runModelTests(model, batch);
  return [];
}

type Scored = Omit<ArtefactRun, 'tests' | 'runtime' | 'baseline'> & { predictions: TestPredictions };

async function scoreArtefact(surroundings: Surroundings, model: Model): Promise<Scored> {
  const { job, spec, connection, test } = surroundings;
  const { previous, problem } = await loadPrevious(surroundings, model);
  const startedMs = performance.now();
  const onRows = (rows: number) =>
    job.progress({ percent: 10 + (55 * rows) / test.rowCount, phase: 'predicting', rows });
  const predictions = await predictTestRows({ connection, file: test, spec, model, previous, onRows });
  const scores = scorePredictions(spec, model.signature, predictions);
  const scoringMs = performance.now() - startedMs;
  await previous?.release();
  return { scores, predictions, comparisonProblem: problem, scoringMs };
}

/** The version in service, or why it cannot be compared: never a reason to fail the new one. */
async function loadPrevious(
  { job, spec, test }: Surroundings,
  model: Model,
): Promise<{ previous: Model | null; problem: string | null }> {
  if (spec.previous_version === null) return { previous: null, problem: null };
  try {
    const signature = readSignature(job.channelFile('previous', 'signature.json'));
    const problem = whyNotComparable(test, model.signature, signature);
    if (problem !== null) return { previous: null, problem };
    const { python } = job;
    return { previous: await loadModel(artefactPath(job, 'previous'), signature, { python }), problem: null };
  } catch (error) {
    return { previous: null, problem: messageOf(error) };
  }
}

function learningCurve(job: Job): NonNullable<ReturnType<typeof trainingReport.parse>['learning_curve']> | null {
  if (!job.channelFiles('model').includes('training_report.json')) return null;
  const path = job.channelFile('model', 'training_report.json');
  try {
    const parsed = trainingReport.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return parsed.data.learning_curve ?? null;
    job.log(`training_report.json is not valid, there is no learning curve: ${parsed.error.issues[0]?.message ?? ''}`);
  } catch (error) {
    job.log(`training_report.json cannot be read, there is no learning curve: ${messageOf(error)}`);
  }
  return null;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  if (existsSync(path)) await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
