import { z } from 'zod';
import { runRef, slug, type RunRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import type { ModelVersion } from '../../ports/model-registry.js';
import type { Ports } from '../../ports/ports.js';
import { modelMetadata, packagePrefix, type ModelMetadata } from '../packaging/logic/model-metadata.js';
import { readJson } from '../shared/json-objects.js';
import { toShape, versionShape } from './logic/version-shape.js';

const approval = z.object({
  by: z.string().describe('Who approved the plan'),
  how: z.string().describe('e.g. `comment`, `reaction`, `--yes`'),
  plan_hash: z.string(),
});

const input = z.object({
  run: runRef,
  model_name: slug,
  version: z.string(),
  approval: approval
    .nullable()
    .describe("The person's approval of this run's plan; null leaves the version PendingManualApproval"),
  issue_number: z.number().int().positive().optional().describe('Issue of the request, for the lineage'),
});

const output = z.object({ ...versionShape.shape, approval_note: z.string() });

async function readPackage(ports: Ports, run: RunRef, modelName: string, version: string): Promise<ModelMetadata> {
  const key = `${packagePrefix(modelName, version)}/model_metadata.json`;
  const metadata = await readJson(ports.objects, key, modelMetadata, `The package ${modelName} ${version}`);
  if (metadata.training_id === run.training_id) return metadata;
  throw new DandoriError('not_allowed', `The package ${modelName} ${version} was not made by this run.`, {
    found: metadata.training_id,
    allowed: run.training_id,
    next: 'register the version that package_model answered.',
  });
}

/** Key -> SHA-256 of the package, after a check that the store still holds exactly these bytes. */
async function checkedDigests(ports: Ports, prefix: string, metadata: ModelMetadata): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const [path, sha256] of Object.entries(metadata.files)) {
    const key = `${prefix}/${path}`;
    const found = (await ports.objects.head({ key }))?.sha256 ?? 'no file';
    if (found !== sha256) {
      throw new DandoriError('corrupt', `The file ${key} is not the one that was packaged.`, {
        found,
        allowed: sha256,
        next: 'package the model again.',
      });
    }
    digests[key] = sha256;
  }
  return digests;
}

async function addLineage(ports: Ports, metadata: ModelMetadata, issueNumber: number | undefined): Promise<void> {
  const training = { kind: 'training' as const, id: metadata.training_id };
  const dataset = { kind: 'dataset' as const, id: `${metadata.dataset.dataset_id}@${metadata.dataset.version}` };
  const model = { kind: 'model' as const, id: `${metadata.model_name}@${metadata.version}` };
  await ports.lineage.addEdge({ from: dataset, to: training, relation: 'trained_on' });
  await ports.lineage.addEdge({ from: training, to: model, relation: 'produced' });
  if (issueNumber === undefined) return;
  await ports.lineage.addEdge({
    from: { kind: 'issue', id: String(issueNumber) },
    to: training,
    relation: 'requested',
  });
}

async function register(ports: Ports, metadata: ModelMetadata): Promise<ModelVersion> {
  const prefix = packagePrefix(metadata.model_name, metadata.version);
  const known = await ports.registry.listVersions({ modelName: metadata.model_name });
  const before = known.find(
    ({ version, trainingId }) => version === metadata.version && trainingId === metadata.training_id,
  );
  if (before !== undefined) return before;
  return ports.registry.registerVersion({
    modelName: metadata.model_name,
    version: metadata.version,
    trainingId: metadata.training_id,
    approvalStatus: 'PendingManualApproval',
    stage: 'None',
    packagePrefix: prefix,
    digests: await checkedDigests(ports, prefix, metadata),
    facts: metadata.facts,
    metrics: metadata.metrics,
    description: metadata.description,
  });
}

export const registerModel = defineTool({
  name: 'register_model',
  title: 'Register a model version',
  description:
    'Puts a package into the model registry as PendingManualApproval, and as Approved once a person has approved the plan that made it; ' +
    'records the lineage dataset -> training -> model. Refuses a package whose files changed since it was made.',
  input,
  output,
  annotations: writes,
  effect: { states: ['PackageModel'] },
  handler: async ({ run, model_name: modelName, version, approval: given, issue_number: issueNumber }, { ports }) => {
    const metadata = await readPackage(ports, run, modelName, version);
    if (given !== null && given.plan_hash !== metadata.plan_hash) {
      throw new DandoriError('not_allowed', `The approval is not for the plan that made ${modelName} ${version}.`, {
        found: given.plan_hash,
        allowed: metadata.plan_hash,
        next: 'let the plan of the package be approved.',
      });
    }
    let registered = await register(ports, metadata);
    await addLineage(ports, metadata, issueNumber);
    if (given !== null && registered.approvalStatus === 'PendingManualApproval') {
      registered = await ports.registry.setApprovalStatus({ modelName, version, status: 'Approved' });
    }
    const note =
      given === null
        ? 'Not approved: no person has approved the plan.'
        : `Approved because ${given.by} approved the plan (${given.how}) and the model met every criterion of it.`;
    return { ...toShape(registered), approval_note: note };
  },
});
