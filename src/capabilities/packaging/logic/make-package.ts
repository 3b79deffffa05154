import { basename } from 'node:path';
import { z } from 'zod';
import { endpointName } from '../../../contracts/deploy-to.js';
import { evaluationResults, type EvaluationResults } from '../../../contracts/evaluation.js';
import type { ArtefactName } from '../../../contracts/python-model.js';
import type { TrainingRequest } from '../../../contracts/request.js';
import type { RunRef } from '../../../contracts/run-ref.js';
import {
  modelSignature,
  trainingReport,
  type ModelSignature,
  type TrainingReport,
} from '../../../contracts/training.js';
import { DandoriError } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import type { Ports } from '../../../ports/ports.js';
import { openApiFor } from '../../../serving/openapi.js';
import { findJson, readJson, writeJson } from '../../shared/json-objects.js';
import { hookFiles, modelFiles, trainedModel } from '../../shared/model-files.js';
import { claimVersion, type ClaimedVersion } from './claim-version.js';
import { versionFacts } from './facts.js';
import type { ServedRelease } from './inference-code.js';
import { writeModelArchive } from './model-archive.js';
import { modelMetadata, packagePrefix, type ModelMetadata } from './model-metadata.js';
import { deploymentSpecification, rollbackPlan, type Release } from './release-documents.js';
import { releaseNotes, renderReleaseNotes } from './release-notes.js';

export interface PackageParams {
  run: RunRef;
  model_name: string;
  output_prefix: string;
  evaluation_prefix: string;
  request: TrainingRequest;
  plan_hash: string;
  dataset?: { dataset_id: string; version: string; digest: string } | undefined;
}

export interface Package {
  metadata: ModelMetadata;
  prefix: string;
  /** Object key -> SHA-256 of every file. */
  digests: Record<string, string>;
}

/** Makes the files of `inference_code/` for a release. */
export type InferenceCode = (release: ServedRelease) => ReadonlyMap<string, string>;

interface Ingredients {
  signature: ModelSignature;
  report: TrainingReport;
  results: EvaluationResults;
  dataset: { dataset_id: string; version: string; digest: string };
  imbalanceHandling: string;
  monitoringIntensity: string;
  scripts: Record<string, string | null>;
  artefact: ArtefactName;
  modelSha256: string;
}

/** First bytes of formats that run code or hide files when they are opened: pickle, zip (also joblib, torch), gzip. */
const refusedStarts = [
  { bytes: [0x80], name: 'a pickle' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], name: 'a zip archive' },
  { bytes: [0x1f, 0x8b], name: 'a gzip archive' },
];

async function checkOnnx(objects: ObjectStore, key: string): Promise<void> {
  const bytes = await objects.get({ key });
  const refused = refusedStarts.find((start) => start.bytes.every((byte, index) => bytes[index] === byte));
  if (bytes.length > 0 && refused === undefined) return;
  throw failure('not_allowed', runFailures.notOnnx({ key, found: refused?.name ?? 'an empty file' }));
}

async function checkModel(objects: ObjectStore, key: string, evaluatedSha256: string): Promise<string> {
  const info = await objects.head({ key });
  if (info === null) {
    throw new DandoriError('not_found', `The training left no ${key}.`, {
      next: 'let the training run again ("npx dandori logs").',
    });
  }
  if (key.endsWith('.onnx')) await checkOnnx(objects, key);
  if (info.sha256 === evaluatedSha256) return info.sha256;
  throw new DandoriError('corrupt', `${key} is not the file that was evaluated.`, {
    found: `sha256:${info.sha256}`,
    allowed: `sha256:${evaluatedSha256}`,
    next: 'let the evaluation run again.',
  });
}

/** A user's own script need not report: then the model is what the request says of it. */
function reportWithout({ run, request }: PackageParams): TrainingReport {
  const algorithm = request.algorithms[0] ?? 'training_script';
  const hyperparameters = request.hyperparameters[algorithm] ?? request.hyperparameters['training_script'] ?? {};
  return trainingReport.parse({ format: 1, training_id: run.training_id, algorithm, hyperparameters });
}

/** Digests of the user's own programs as they were kept when the plan was made. */
async function scriptDigests({ run, request }: PackageParams, objects: ObjectStore): Promise<Ingredients['scripts']> {
  const programs = [request.training_script, request.inference_script].flatMap((one) => (one == null ? [] : [one]));
  const digests = programs.map(async ({ path }) => {
    const name = basename(path);
    const kept = await objects.head({ key: `optimizations/${run.training_id}/code/${name}` });
    return [name, kept?.sha256 ?? null] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}

async function gather(params: PackageParams, ports: Ports): Promise<Ingredients> {
  const { objects } = ports;
  const model = `${params.output_prefix}/model`;
  const signature = await readJson(objects, `${model}/signature.json`, modelSignature, "The model's signature");
  const report = (await findJson(objects, `${model}/training_report.json`, trainingReport)) ?? reportWithout(params);
  const results = await readJson(
    objects,
    `${params.evaluation_prefix}/results.json`,
    evaluationResults,
    'The evaluation',
  );
  const applied = await findJson(
    objects,
    `optimizations/${params.run.training_id}/applied_optimizations.json`,
    z.looseObject({ class_imbalance_handling: z.string(), monitoring_intensity: z.string().optional() }),
  );
  const { dataset_id: datasetId, dataset_version: version } = params.request;
  const known =
    params.dataset ?? (await ports.catalog.getVersion(version === null ? { datasetId } : { datasetId, version }));
  const dataset =
    'datasetId' in known ? { dataset_id: known.datasetId, version: known.version, digest: known.digest } : known;
  // The plan says which it is: hooks that nobody approved are not packaged.
  const artefact = params.request.inference_script === undefined ? 'model.onnx' : 'python_model.json';
  const modelSha256 = await checkModel(objects, `${model}/${artefact}`, results.model_sha256);
  return {
    signature,
    report,
    results,
    dataset,
    imbalanceHandling: applied?.class_imbalance_handling ?? 'none',
    monitoringIntensity: applied?.monitoring_intensity ?? params.request.monitoring_config.intensity,
    scripts: await scriptDigests(params, objects),
    artefact,
    modelSha256,
  };
}

/** Copies the training's model into the package; a file of hooks must be the one that the evaluated list names. */
async function copyModel(objects: ObjectStore, outputPrefix: string, prefix: string, artefact: ArtefactName) {
  const trained = trainedModel(outputPrefix);
  const listed = artefact === 'python_model.json' ? await hookFiles(objects, trained) : [];
  for (const { key, sha256 } of listed) {
    const found = (await objects.head({ key }))?.sha256 ?? 'no file';
    if (found === sha256) continue;
    throw new DandoriError('corrupt', `${key} is not the file that was evaluated.`, {
      found,
      allowed: sha256,
      next: 'let the training and the evaluation run again.',
    });
  }
  const files = await modelFiles(objects, trained, ['training_report.json']);
  for (const { fileName, key } of files)
    await objects.putFile({ key: `${prefix}/${fileName}`, path: await objects.getFile({ key }) });
  return files.map(({ fileName, key }) => ({ name: fileName, key }));
}

function releaseOf(
  params: PackageParams,
  from: Ingredients,
  claimed: ClaimedVersion,
  signatureSha256: string,
): Release {
  const { version } = claimed.decision;
  return {
    modelName: params.model_name,
    version,
    previousVersion: claimed.previous?.version ?? null,
    trainingId: params.run.training_id,
    endpointName: endpointName({ model_name: params.model_name, deploy_to: params.request.deploy_to }),
    deployTo: params.request.deploy_to,
    planHash: params.plan_hash,
    packagePrefix: packagePrefix(params.model_name, version),
    request: params.request,
    monitoringIntensity: from.monitoringIntensity,
    signature: from.signature,
    artefact: from.artefact,
    digests: { model: from.modelSha256, signature: signatureSha256 },
  };
}

async function writeFiles(
  objects: ObjectStore,
  params: PackageParams,
  from: Ingredients,
  claimed: ClaimedVersion,
  code: InferenceCode,
): Promise<void> {
  const prefix = packagePrefix(params.model_name, claimed.decision.version);
  const copies = await copyModel(objects, params.output_prefix, prefix, from.artefact);
  const signature = await objects.head({ key: `${prefix}/signature.json` });
  const release = releaseOf(params, from, claimed, signature?.sha256 ?? '');
  await writeModelArchive(objects, { key: `${prefix}/model.tar.gz`, files: copies });
  const { endpointName: endpoint, modelName, version } = release;
  const openapi = openApiFor({ endpointName: endpoint, modelName, version, signature: from.signature, serverUrl: '/' });
  await writeJson(objects, `${prefix}/openapi.json`, openapi);
  const notes = releaseNotes({
    modelName,
    decision: claimed.decision,
    previous: claimed.previous,
    results: from.results,
  });
  await writeJson(objects, `${prefix}/release_notes.json`, notes);
  await objects.put({ key: `${prefix}/release_notes.md`, body: renderReleaseNotes(notes, params.request.language) });
  await objects.put({ key: `${prefix}/deployment_specification.md`, body: deploymentSpecification(release) });
  await objects.put({ key: `${prefix}/rollback_plan.md`, body: rollbackPlan(release) });
  const digests = { [from.artefact]: release.digests.model, 'signature.json': release.digests.signature };
  for (const [path, body] of code({ modelName, version, digests }))
    await objects.put({ key: `${prefix}/inference_code/${path}`, body });
}

/** Files that other steps put beside the package later; they are no part of what is digested. */
const notPackaged = new Set(['claim.json', 'model_metadata.json', 'deployment.md', 'deployment_log.json']);

async function digestsOf(objects: ObjectStore, prefix: string): Promise<Record<string, string>> {
  const files = (await objects.list({ prefix: `${prefix}/` })).map(
    ({ key, sha256 }) => [key.slice(prefix.length + 1), sha256] as const,
  );
  return Object.fromEntries(files.filter(([path]) => !notPackaged.has(path)));
}

function describeMetadata(params: PackageParams, from: Ingredients, claimed: ClaimedVersion) {
  const metrics = Object.entries(from.results.metrics).filter((entry): entry is [string, number] => entry[1] !== null);
  return {
    format: 1 as const,
    model_name: params.model_name,
    version: claimed.decision.version,
    training_id: params.run.training_id,
    plan_hash: params.plan_hash,
    algorithm: from.report.algorithm,
    task_type: from.signature.task_type,
    hyperparameters: from.report.hyperparameters,
    metrics: Object.fromEntries(metrics),
    dataset: from.dataset,
    facts: { ...versionFacts({ ...from, request: params.request }) },
    change: claimed.decision.change,
    changed: claimed.decision.changed,
    previous_version: claimed.previous?.version ?? null,
    description: `${from.report.algorithm} for ${from.signature.target}, from ${from.dataset.dataset_id}@${from.dataset.version}`,
    environment: from.report.environment ?? null,
  };
}

async function finished(
  objects: ObjectStore,
  prefix: string,
  params: PackageParams,
  { artefact, modelSha256 }: Ingredients,
): Promise<Package | null> {
  const metadata = await findJson(objects, `${prefix}/model_metadata.json`, modelMetadata);
  if (metadata?.training_id !== params.run.training_id || metadata.files[artefact] !== modelSha256) return null;
  return withKeys(objects, prefix, metadata);
}

async function withKeys(objects: ObjectStore, prefix: string, metadata: ModelMetadata): Promise<Package> {
  const own = await objects.head({ key: `${prefix}/model_metadata.json` });
  const files = { ...metadata.files, 'model_metadata.json': own?.sha256 ?? '' };
  const digests = Object.fromEntries(Object.entries(files).map(([path, sha256]) => [`${prefix}/${path}`, sha256]));
  return { metadata, prefix, digests };
}

/** Writes the package of a run, or finds the one that it wrote before; `model_metadata.json` is written last. */
export async function makePackage(params: PackageParams, context: ToolContext, code: InferenceCode): Promise<Package> {
  const { objects } = context.ports;
  const from = await gather(params, context.ports);
  const claimed = await claimVersion(context.ports, {
    modelName: params.model_name,
    trainingId: params.run.training_id,
    modelSha256: from.modelSha256,
    facts: versionFacts({ ...from, request: params.request }),
  });
  const prefix = packagePrefix(params.model_name, claimed.decision.version);
  const before = await finished(objects, prefix, params, from);
  if (before !== null) return before;
  await writeFiles(objects, params, from, claimed, code);
  const metadata: ModelMetadata = {
    ...describeMetadata(params, from, claimed),
    created_at: context.now().toISOString(),
    files: await digestsOf(objects, prefix),
  };
  await writeJson(objects, `${prefix}/model_metadata.json`, metadata);
  return withKeys(objects, prefix, metadata);
}
