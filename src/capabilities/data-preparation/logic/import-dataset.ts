import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { dataProfile, qualityReport } from '../../../contracts/data.js';
import type { Language } from '../../../contracts/request.js';
import { jobKey, type RunRef } from '../../../contracts/run-ref.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import { fileDigest } from '../../../jobs/data/file-digest.js';
import { parseExpectations } from '../../../jobs/data/parse-expectations.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { DatasetVersion } from '../../../ports/dataset-catalog.js';
import type { JobRequest } from '../../../ports/job-platform.js';
import { readJson, writeJson } from '../../shared/json-objects.js';
import { resolveDataFile } from './data-path.js';
import { limitParts, logNameOf, runDataJob, type DataLimits, type JobAnswer } from './data-job.js';
import { besideProfile } from './read-dataset.js';
import { writeVersionManifest } from './version-manifest.js';

export interface ImportParams {
  datasetId: string;
  path: string;
  run: RunRef | null;
  language: Language;
  limits: DataLimits;
}

/** The endings that the profile job tells formats by; anything else is taken for CSV. */
function extensionOf(path: string): string {
  const [, kind = 'csv', gzip = ''] = /\.(csv|tsv|txt|parquet|pq|json|jsonl|ndjson)(\.gz)?$/i.exec(path) ?? [];
  return `${kind.toLowerCase()}${gzip.toLowerCase() || (/\.gz$/i.test(path) ? '.gz' : '')}`;
}

/** Where the expectations that people keep for a dataset lie. */
export function expectationsKey(datasetId: string): string {
  return `datasets/${datasetId}/expectations.json`;
}

/** Takes over `NAME.expectations.yaml` (or `.yml`, `.json`) that lies beside the data file. */
async function importExpectations(path: string, datasetId: string, { ports, dataRoots }: ToolContext): Promise<void> {
  const name = basename(path).replace(/(\.[a-z]+)?(\.gz)?$/i, '');
  for (const ending of ['yaml', 'yml', 'json']) {
    const fileName = `${name}.expectations.${ending}`;
    let beside: string;
    try {
      beside = await resolveDataFile(`${dirname(path)}/${fileName}`, dataRoots);
    } catch {
      continue;
    }
    await writeJson(
      ports.objects,
      expectationsKey(datasetId),
      parseExpectations(await readFile(beside, 'utf8'), fileName),
    );
    return;
  }
}

async function storeRaw(path: string, key: string, digest: string, { ports }: ToolContext): Promise<void> {
  if ((await ports.objects.head({ key }))?.sha256 === digest) return;
  const stored = await ports.objects.putFile({ key, path });
  if (stored.sha256 === digest) return;
  await ports.objects.delete({ key });
  throw failure('conflict', runFailures.fileChanges({ file: basename(path) }));
}

/** Without a run a job that a limit or a kill ended gets a new name, so that adding the file again tries again; a refusal of the data stays. */
async function jobNameFor(params: ImportParams, digest: string, { ports }: ToolContext): Promise<string> {
  if (params.run !== null) return `${jobKey(params.run)}/profile`;
  const base = `data/${params.datasetId}/${digest.slice(0, 16)}`;
  for (let attempt = 0; ; attempt += 1) {
    const jobName = attempt === 0 ? base : `${base}/${attempt}`;
    const known = await ports.jobs.describeJob({ jobName }).catch(() => null);
    const lost = known?.status === 'Stopped' || (known?.status === 'Failed' && known.failureKind !== 'program');
    if (!lost) return jobName;
  }
}

function profileJob(
  params: ImportParams,
  raw: { key: string; path: string; digest: string },
  jobName: string,
): JobRequest {
  const { limits, memoryLimitMb } = limitParts(params.limits);
  return {
    jobName,
    trainingId: params.run?.training_id ?? `dataset-${params.datasetId}`,
    logName: logNameOf('profiling', params.run),
    program: 'profile-data',
    language: params.language,
    hyperparameters: { file_name: basename(raw.path), language: params.language, memory_limit_mb: memoryLimitMb },
    channels: { raw: [{ key: raw.key, fileName: `data.${extensionOf(raw.path)}` }] },
    documents: [],
    outputPrefix: `datasets/${params.datasetId}/profiles/${raw.digest}`,
    limits,
  };
}

async function addVersion(
  params: ImportParams,
  raw: { key: string; path: string; digest: string },
  prefix: string,
  context: ToolContext,
): Promise<DatasetVersion> {
  const { catalog, objects } = context.ports;
  const profileKey = `${prefix}/output/profile.json`;
  const profile = await readJson(objects, profileKey, dataProfile, `The profile of ${params.datasetId}`);
  const version = await catalog.addVersion({
    datasetId: params.datasetId,
    digest: raw.digest,
    contentDigest: profile.content_digest,
    rawKey: raw.key,
    format: profile.source.format,
    bytes: (await objects.head({ key: raw.key }))?.bytes ?? profile.source.bytes,
    rows: profile.rows,
    columns: profile.columns.map(({ name, type }) => ({ name, type })),
    source: basename(raw.path),
    dataKey: `${prefix}/output/data.parquet`,
    profileKey,
  });
  await recordVersion(version, context);
  return version;
}

/** What a version is and where it came from; again for a known one, since its import may have died before this. */
async function recordVersion(version: DatasetVersion, { ports }: ToolContext): Promise<void> {
  await writeVersionManifest(ports.objects, version);
  await ports.lineage.addEdge({
    from: { kind: 'source', id: `${version.source}#${version.digest.slice(0, 12)}` },
    to: { kind: 'dataset', id: `${version.datasetId}@${version.version}` },
    relation: 'imported_as',
  });
}

export interface Imported {
  answer: JobAnswer;
  /** Null until the job is Completed. */
  version: DatasetVersion | null;
  alreadyKnown: boolean;
}

/** The version that these bytes are already, or null. */
async function knownVersion(datasetId: string, digest: string, { ports }: ToolContext): Promise<DatasetVersion | null> {
  const all = await ports.catalog.listDatasets();
  if (!all.some((each) => each.datasetId === datasetId)) return null;
  return (await ports.catalog.listVersions({ datasetId })).find((each) => each.digest === digest) ?? null;
}

/** Brings a file into the catalogue: raw bytes to the object store, profile by a job, then the version; each call goes on from where the last one ended. */
export async function importDataset(params: ImportParams, context: ToolContext): Promise<Imported> {
  const path = await resolveDataFile(params.path, context.dataRoots);
  await importExpectations(path, params.datasetId, context);
  const digest = await fileDigest(path);
  const known = await knownVersion(params.datasetId, digest, context);
  if (known !== null) {
    await recordVersion(known, context);
    const answer = {
      job_name: `data/${params.datasetId}/${digest.slice(0, 16)}`,
      status: 'Completed' as const,
      progress: 100,
      phase: null,
      failure: null,
    };
    return { answer, version: known, alreadyKnown: true };
  }
  const raw = { key: `datasets/${params.datasetId}/raw/${digest}.${extensionOf(path)}`, path, digest };
  await storeRaw(path, raw.key, digest, context);
  const request = profileJob(params, raw, await jobNameFor(params, digest, context));
  const { answer } = await runDataJob(request, context);
  if (answer.status !== 'Completed') return { answer, version: null, alreadyKnown: false };
  return { answer, version: await addVersion(params, raw, request.outputPrefix, context), alreadyKnown: false };
}

/** The quality report that the profile job wrote for a version. */
export async function readReport(version: DatasetVersion, { ports }: Pick<ToolContext, 'ports'>) {
  const what = `The quality report of ${version.datasetId} ${version.version}`;
  return readJson(ports.objects, besideProfile(version, 'quality_report.json'), qualityReport, what);
}
