import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  dataProfile,
  preparedData,
  prepareSpec,
  type ColumnProfile,
  type PreparedData,
  type PrepareSpec,
  type QualityCheck,
} from '../contracts/data.js';
import { DandoriError } from '../errors.js';
import { failure } from '../messages/failures.js';
import { jobMessages } from './job-messages.js';
import { assignSplits, sourceColumn, type SplitInput, type SplitOutcome } from './data/assign-splits.js';
import { checkExpectations } from './data/check-expectations.js';
import { positiveClass, targetChecks } from './data/check-target.js';
import { countOf, openEngine, type DataEngine } from './data/engine.js';
import { defineFeatures, featureDefinitionsMarkdown } from './data/feature-definitions.js';
import { fileDigest } from './data/file-digest.js';
import { lagChecks, writeLagColumns } from './data/lag-columns.js';
import { planFeatures, type FeaturePlan } from './data/plan-features.js';
import { preparationVersion } from './data/preparation-version.js';
import { countDuplicates, profileColumns } from './data/profile-columns.js';
import { datasetChecks, minimumRows, qualityMarkdown, reportOf } from './data/quality.js';
import { text } from './data/sql.js';
import { watchQuery } from './data/watch-query.js';
import { classDistribution, targetSummary, writeSplits } from './data/write-splits.js';
import { isMain } from './is-main.js';
import { runJob, type Job } from './job-context.js';

interface Source {
  path: string;
  rows: number;
  duplicateRows: number;
  columns: ColumnProfile[];
}

/** Statistics of the data: those of the profile job when they came along, else measured now. */
async function openProfile(job: Job, engine: DataEngine): Promise<Source> {
  const path = job.channelFile('data', 'data.parquet');
  if (job.channelFiles('data').includes('profile.json')) {
    const profile = job.document('data', 'profile.json', dataProfile);
    // The figures are used as they are only if they are the figures of this very file.
    if (profile.content_digest === (await fileDigest(path))) {
      return { path, rows: profile.rows, duplicateRows: profile.duplicate_rows, columns: profile.columns };
    }
  }
  const rows = countOf(await engine.one(`SELECT count(*) AS n FROM read_parquet(${text(path)})`), 'n');
  const columns = await profileColumns(engine, path, rows);
  return { path, rows, duplicateRows: await countDuplicates(engine, path, rows, columns), columns };
}

function refuse(checks: readonly QualityCheck[]): void {
  const failed = checks.filter(({ status }) => status === 'fail');
  if (failed.length === 0) return;
  const list = failed.map(({ column, message }) =>
    column === null || message.includes(`"${column}"`) ? message : `${column}: ${message}`,
  );
  throw failure('unusable_data', jobMessages.unusable({ problems: list }), { data: { problems: failed } });
}

/** SQL of the target as it is written: the name of the class, or a DOUBLE. */
function targetSql(column: ColumnProfile, spec: PrepareSpec): string {
  const name = sourceColumn(column.name);
  if (spec.task_type === 'regression') return `CAST(${name} AS DOUBLE)`;
  return column.type === 'DOUBLE' ? `CAST(CAST(${name} AS BIGINT) AS VARCHAR)` : `CAST(${name} AS VARCHAR)`;
}

function checkRows(prepared: PreparedData, spec: PrepareSpec): void {
  const { train, validation, test } = prepared.rows;
  const counts = { train, validation, test };
  const leftOut = prepared.dropped_rows.map(({ reason, rows }) => `${reason} ${rows}`).join(', ');
  if (train + validation + test < minimumRows) {
    throw failure('unusable_data', jobMessages.fewRows({ counts, leftOut, minimum: minimumRows }));
  }
  if (train === 0 || validation === 0 || test === 0) {
    const byTime = spec.time_column !== null;
    throw failure('unusable_data', jobMessages.emptySplit({ counts, leftOut, byTime }));
  }
}

/** The checks that only the rows which are left can answer. */
function checkWhatIsLeft(prepared: PreparedData, spec: PrepareSpec): string[] {
  checkRows(prepared, spec);
  const distribution = prepared.class_distribution;
  if (distribution === null) return [];
  const poor = Object.entries(distribution.train).filter(([, rows]) => rows < spec.cv_folds);
  if (poor.length > 0 || Object.keys(distribution.train).length < 2) {
    throw failure('unusable_data', jobMessages.poorClass({ classes: distribution.train, folds: spec.cv_folds }));
  }
  return (['validation', 'test'] as const).flatMap((split) =>
    Object.entries(distribution[split])
      .filter(([, rows]) => rows === 0)
      .map(([name]) => `The ${split} split has no row of class ${name}.`),
  );
}

async function describeResult(
  input: SplitInput,
  source: Source,
  plan: FeaturePlan,
  outcome: SplitOutcome,
  folder: string,
): Promise<PreparedData> {
  const { spec, engine } = input;
  const splits = await writeSplits(input, source.rows, folder);
  const classification = spec.task_type === 'classification';
  const distribution = classification ? await classDistribution(engine) : null;
  const train = Object.values(distribution?.train ?? {});
  const counts = new Map(Object.entries(distribution?.total ?? {}));
  const prepared: PreparedData = {
    format: 1,
    preparation_version: preparationVersion,
    task_type: spec.task_type,
    target: spec.target,
    classes: distribution === null ? null : Object.keys(distribution.total),
    positive_class: distribution === null ? null : positiveClass(counts, spec.positive_class),
    features: plan.features,
    generated_features: plan.generated,
    lag_columns: plan.lags,
    extra_columns: plan.extraColumns,
    rows: { source: source.rows, train: splits.train.rows, validation: splits.validation.rows, test: splits.test.rows },
    class_distribution: distribution,
    original_class_ratio: distribution === null ? null : Math.min(...train) / Math.max(1, splits.train.rows),
    target_summary: classification ? null : await targetSummary(engine),
    dropped_columns: plan.dropped,
    dropped_rows: outcome.droppedRows,
    split_method: outcome.method,
    equal_rows_together: outcome.equalRowsTogether,
    seed: spec.seed,
    splits,
    warnings: outcome.equalRowsTogether
      ? []
      : [
          'Many rows are equal in every feature: equal rows are in several splits, because keeping them together would distort the shares.',
        ],
  };
  return preparedData.parse({ ...prepared, warnings: [...prepared.warnings, ...checkWhatIsLeft(prepared, spec)] });
}

type Writer = (file: string, content: unknown) => void;

/** Writes text as it is, everything else as indented JSON. */
function writerTo(folder: string): Writer {
  return (file, content) =>
    writeFileSync(join(folder, file), typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}

/** Reports on the data for this request and refuses what cannot be learned from; answers the features. */
async function checkSource(engine: DataEngine, source: Source, spec: PrepareSpec, write: Writer): Promise<FeaturePlan> {
  const plan = planFeatures(source.columns, spec, spec.language);
  const expected =
    spec.expectations === null
      ? []
      : await checkExpectations(engine, source.path, source.columns, spec.expectations, spec.language);
  const { lags, problems } = plan;
  const timed =
    spec.time_column === null || lags.length === 0 || problems.length > 0
      ? []
      : await lagChecks(engine, { path: source.path, lags, timeColumn: spec.time_column, language: spec.language });
  const facts = { rows: source.rows, duplicate_rows: source.duplicateRows, columns: source.columns };
  const checks = [
    ...targetChecks(facts, spec, spec.language),
    ...problems,
    ...timed,
    ...expected,
    ...datasetChecks(facts, spec.language),
  ];
  const report = reportOf(facts, checks);
  write('quality_report.json', report);
  write('quality_report.md', qualityMarkdown(report, source.columns, spec.language));
  refuse(checks);
  return plan;
}

function splitInput(engine: DataEngine, source: Source, spec: PrepareSpec, plan: FeaturePlan): SplitInput {
  const target = source.columns.find(({ name }) => name === spec.target);
  if (target === undefined) throw new DandoriError('internal', 'The target passed its checks though it is absent.');
  return {
    engine,
    path: source.path,
    allColumns: source.columns.map(({ name }) => name),
    features: plan.features,
    extraColumns: plan.extraColumns,
    targetSql: targetSql(target, spec),
    spec,
  };
}

/** The file with the lag columns, if there are any. */
async function withLags(
  job: Job,
  engine: DataEngine,
  { source, spec, plan }: { source: Source; spec: PrepareSpec; plan: FeaturePlan },
): Promise<string> {
  const { path } = source;
  const { lags } = plan;
  if (spec.time_column === null || lags.length === 0) return path;
  const timeColumn = spec.time_column;
  const target = join(job.tempDir, 'with-lags.parquet');
  await watchQuery(job, engine, { phase: 'lags', from: 10, to: 20 }, () =>
    writeLagColumns(engine, { path, lags, timeColumn, target }),
  );
  return target;
}

async function prepare(job: Job, engine: DataEngine): Promise<void> {
  const spec = job.document('spec', 'prepare_spec.json', prepareSpec);
  const write = writerTo(job.outputDir);
  job.progress({ percent: 0, phase: 'checking' });
  const source = await openProfile(job, engine);
  const plan = await checkSource(engine, source, spec, write);
  const rows = await withLags(job, engine, { source, spec, plan });
  const input = splitInput(engine, { ...source, path: rows }, spec, plan);
  const outcome = await watchQuery(job, engine, { phase: 'splitting', from: 20, to: 60 }, () => assignSplits(input));
  const prepared = await watchQuery(job, engine, { phase: 'writing', from: 60, to: 98 }, () =>
    describeResult(input, source, plan, outcome, job.outputDir),
  );
  const definitions = defineFeatures({
    target: spec.target,
    plan,
    columns: source.columns,
    preprocessing: spec.preprocessing,
    timeColumn: spec.time_column,
  });
  write('feature_definitions.json', definitions);
  write('feature_definitions.md', featureDefinitionsMarkdown(definitions));
  // Last: whoever finds this file finds everything else.
  write('prepared.json', prepared);
  job.progress({
    percent: 100,
    phase: 'done',
    rows: source.rows,
    train_rows: prepared.rows.train,
    test_rows: prepared.rows.test,
  });
}

/**
 * The prepare-data job: `data/data.parquet` (with `profile.json` beside it, if there is one) and `spec/prepare_spec.json` become
 * `train.parquet`, `validation.parquet`, `test.parquet`, `prepared.json`, `quality_report.*` and `feature_definitions.*`. Nothing is fitted here
 * but the bounds of outliers that are to be removed, on training rows.
 */
export async function prepareData(job: Job): Promise<void> {
  const memory = Number(job.hyperparameters['memory_limit_mb'] ?? '');
  const engine = await openEngine({ tempDir: job.tempDir, ...(memory > 0 ? { memoryLimitMb: memory } : {}) });
  try {
    await prepare(job, engine);
  } finally {
    engine.close();
  }
}

if (isMain(import.meta.url)) await runJob(prepareData);
