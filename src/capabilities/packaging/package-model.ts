import { z } from 'zod';
import { trainingRequest } from '../../contracts/request.js';
import { runRef, slug } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { inferenceCode } from './logic/inference-code.js';
import { makePackage, type InferenceCode } from './logic/make-package.js';
import { modelMetadata } from './logic/model-metadata.js';

const input = z.object({
  run: runRef,
  model_name: slug,
  output_prefix: z
    .string()
    .describe(
      'Prefix of the training job: `{prefix}/model/model.onnx` (or `python_model.json`), `signature.json`, `training_report.json`',
    ),
  evaluation_prefix: z.string().describe('Prefix of the evaluation: `{prefix}/results.json`'),
  request: trainingRequest.describe('The request of the plan, resolved'),
  plan_hash: z.string().describe('The plan that was approved'),
  dataset: z
    .object({ dataset_id: slug, version: z.string(), digest: z.string() })
    .optional()
    .describe("Default: the request's dataset, as the catalogue has it"),
});

const output = z.object({
  model_name: slug,
  version: z.string(),
  previous_version: z.string().nullable(),
  change: z.enum(['first', 'major', 'minor', 'patch']),
  changed: z.array(z.string()),
  package_prefix: z.string(),
  digests: z.record(z.string(), z.string()).describe('Object key -> SHA-256 of every file of the package'),
  metrics: z.record(z.string(), z.number()),
  api_spec_key: z.string(),
  archive_key: z.string(),
  release_notes_key: z.string(),
  docker_image_uri: z.string().nullable(),
  docker_image_note: z.string(),
  model_metadata: modelMetadata.pick({ version: true, algorithm: true, created_at: true }),
});

/** `package_model`; `code` gives the files of `inference_code/`. */
export function createPackageModel(code: InferenceCode = inferenceCode) {
  return defineTool({
    name: 'package_model',
    title: 'Package a model',
    description:
      'Makes the release of a trained and evaluated model: ONNX file or hooks in Python, signature, archive, OpenAPI document, inference code with pinned ' +
      'dependencies and Dockerfile, deployment specification, rollback plan and release notes, under a new semantic version. ' +
      'The same run gets the same version again. Registers nothing: see register_model.',
    input,
    output,
    annotations: writes,
    effect: { states: ['PackageModel'] },
    handler: async (given, context) => {
      const { metadata, prefix, digests } = await makePackage(given, context, code);
      return {
        model_name: metadata.model_name,
        version: metadata.version,
        previous_version: metadata.previous_version,
        change: metadata.change,
        changed: metadata.changed,
        package_prefix: prefix,
        digests,
        metrics: metadata.metrics,
        api_spec_key: `${prefix}/openapi.json`,
        archive_key: `${prefix}/model.tar.gz`,
        release_notes_key: `${prefix}/release_notes.md`,
        docker_image_uri: null,
        docker_image_note: `Not built on this machine; ${prefix}/inference_code/Dockerfile builds it.`,
        model_metadata: { version: metadata.version, algorithm: metadata.algorithm, created_at: metadata.created_at },
      };
    },
  });
}

export const packageModel = createPackageModel();
