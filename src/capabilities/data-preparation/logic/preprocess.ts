import { z } from 'zod';
import {
  expectations,
  preparedData,
  prepareSpec,
  splitName,
  type PreparedData,
  type PrepareSpec,
} from '../../../contracts/data.js';
import { jobKey, runRef, slug } from '../../../contracts/run-ref.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import { preparationVersion } from '../../../jobs/data/preparation-version.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { DatasetVersion } from '../../../ports/dataset-catalog.js';
import type { JobRequest } from '../../../ports/job-platform.js';
import { digestOf } from '../../shared/digest.js';
import { findJson, readJson } from '../../shared/json-objects.js';
import { dataLimits, jobAnswer, limitParts, logNameOf, runDataJob, type JobAnswer } from './data-job.js';
import { expectationsKey } from './import-dataset.js';
import { writeSplitManifest } from './version-manifest.js';

export const preprocessInput = z.object({
  run: runRef,
  dataset_id: slug,
  dataset_version: z.string(),
  /** SHA-256 of the raw bytes that were approved; null: not compared. */
  dataset_digest: z.string().nullable().default(null),
  /** `prepare_spec.json` without what follows from the run; the field names are the request's. */
  spec: prepareSpec.omit({ format: true, training_id: true, expectations: true }),
  limits: dataLimits.prefault({}),
});
export type PreprocessInput = z.output<typeof preprocessInput>;

const preprocessResult = z.object({
  training_data_key: z.string(),
  validation_data_key: z.string(),
  test_data_key: z.string(),
  prepared_key: z.string(),
  quality_report_key: z.string(),
  feature_definitions_key: z.string(),
  /** The same data and the same spec have the same id. */
  split_id: z.string(),
  metadata: z.object({
    num_samples: z.number().int(),
    num_features: z.number().int(),
    class_distribution: z.record(z.string(), z.number()).nullable(),
  }),
  original_class_ratio: z.number().nullable(),
  prepared: preparedData,
});

export const preprocessOutput = z.object({ ...jobAnswer, result: preprocessResult.nullable() });

interface Plan {
  version: DatasetVersion;
  spec: PrepareSpec;
  splitId: string;
  prefix: string;
}

async function planOf(input: PreprocessInput, { ports }: ToolContext): Promise<Plan> {
  const version = await ports.catalog.getVersion({ datasetId: input.dataset_id, version: input.dataset_version });
  if (input.dataset_digest !== null && input.dataset_digest !== version.digest) {
    const dataset = `${version.datasetId} ${version.version}`;
    const [found, approved] = [version.digest.slice(0, 12), input.dataset_digest.slice(0, 12)];
    throw failure('conflict', runFailures.datasetChanged({ dataset, found, approved }));
  }
  const expected = await findJson(ports.objects, expectationsKey(version.datasetId), expectations);
  const own = { ...input.spec, format: 1 as const, expectations: expected };
  const splitId = digestOf({ data: version.digest, spec: own, preparation_version: preparationVersion }).slice(0, 16);
  const spec = { ...own, training_id: input.run.training_id };
  return { version, spec, splitId, prefix: `datasets/${version.datasetId}/processed/${splitId}` };
}

function prepareJob(input: PreprocessInput, plan: Plan): JobRequest {
  const { limits, memoryLimitMb } = limitParts(input.limits);
  return {
    jobName: `${jobKey(input.run)}/prepare`,
    trainingId: input.run.training_id,
    logName: logNameOf('preprocessing', input.run),
    program: 'prepare-data',
    language: input.spec.language,
    hyperparameters: { memory_limit_mb: memoryLimitMb },
    channels: {
      data: [
        { key: plan.version.dataKey, fileName: 'data.parquet' },
        { key: plan.version.profileKey, fileName: 'profile.json' },
      ],
    },
    documents: [{ channel: 'spec', fileName: 'prepare_spec.json', json: plan.spec }],
    outputPrefix: plan.prefix,
    limits,
  };
}

/** Splits of this id that are there whole, byte by byte; null when one is missing or half-written. */
async function findPrepared(prefix: string, { ports }: ToolContext): Promise<PreparedData | null> {
  const prepared = await findJson(ports.objects, `${prefix}/output/prepared.json`, preparedData);
  if (prepared === null) return null;
  for (const name of splitName.options) {
    const { file_name: fileName, sha256 } = prepared.splits[name];
    if ((await ports.objects.head({ key: `${prefix}/output/${fileName}` }))?.sha256 !== sha256) return null;
  }
  const rest = ['feature_definitions.json', 'feature_definitions.md', 'quality_report.json', 'quality_report.md'];
  const found = await Promise.all(rest.map((name) => ports.objects.head({ key: `${prefix}/output/${name}` })));
  return found.includes(null) ? null : prepared;
}

async function finish(
  plan: Plan,
  prepared: PreparedData,
  { ports }: ToolContext,
): Promise<z.input<typeof preprocessResult>> {
  const { version, splitId, prefix } = plan;
  const dataset = `${version.datasetId}@${version.version}`;
  await writeSplitManifest(ports.objects, { version, splitId, prefix, prepared });
  await ports.lineage.addEdge({
    from: { kind: 'dataset', id: dataset },
    to: { kind: 'split', id: `${dataset}#${splitId}` },
    relation: 'split_into',
  });
  const key = (name: string) => `${prefix}/output/${name}`;
  const { train, validation, test } = prepared.rows;
  return {
    training_data_key: key(prepared.splits.train.file_name),
    validation_data_key: key(prepared.splits.validation.file_name),
    test_data_key: key(prepared.splits.test.file_name),
    prepared_key: key('prepared.json'),
    quality_report_key: key('quality_report.json'),
    feature_definitions_key: key('feature_definitions.json'),
    split_id: splitId,
    metadata: {
      num_samples: train + validation + test,
      num_features: prepared.features.length,
      class_distribution: prepared.class_distribution?.total ?? null,
    },
    original_class_ratio: prepared.original_class_ratio,
    prepared,
  };
}

/** Starts the preparation of this attempt or finds it or its splits, and answers where it is; when it has completed, what came of it. */
export async function preprocess(
  input: PreprocessInput,
  context: ToolContext,
): Promise<z.input<typeof preprocessOutput>> {
  const plan = await planOf(input, context);
  const ready = await findPrepared(plan.prefix, context);
  const request = prepareJob(input, plan);
  if (ready !== null) {
    const answer: JobAnswer = {
      job_name: request.jobName,
      status: 'Completed',
      progress: 100,
      phase: null,
      failure: null,
    };
    return { ...answer, result: await finish(plan, ready, context) };
  }
  const { answer } = await runDataJob(request, context);
  if (answer.status !== 'Completed') return { ...answer, result: null };
  const what = `What the preparation of ${input.run.training_id} wrote`;
  const prepared = await readJson(context.ports.objects, `${plan.prefix}/output/prepared.json`, preparedData, what);
  return { ...answer, result: await finish(plan, prepared, context) };
}
