import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { modelSignature } from '../../contracts/training.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import type { Ports } from '../../ports/ports.js';
import { modelMetadata } from '../packaging/logic/model-metadata.js';
import { readJson } from '../shared/json-objects.js';
import { versionDifference, type ComparedVersion } from './logic/version-difference.js';

const fromTo = z.object({ from: z.string(), to: z.string() });
const figure = z.number().nullable();

async function side(ports: Ports, modelName: string, version: string): Promise<ComparedVersion> {
  const { packagePrefix } = await ports.registry.getVersion({ modelName, version });
  const what = `The package ${modelName} ${version}`;
  return {
    metadata: await readJson(ports.objects, `${packagePrefix}/model_metadata.json`, modelMetadata, what),
    signature: await readJson(ports.objects, `${packagePrefix}/signature.json`, modelSignature, what),
  };
}

export const compareModelVersions = defineTool({
  name: 'compare_model_versions',
  title: 'Compare two model versions',
  description:
    'Difference report of two versions of a model: facts, algorithm, dataset, hyperparameters, features and metrics, as data and as Markdown.',
  input: z.object({ model_name: slug, from_version: z.string(), to_version: z.string() }),
  output: z.object({
    model_name: z.string(),
    from_version: z.string(),
    to_version: z.string(),
    changed: z.array(z.string()),
    algorithm: fromTo,
    dataset: fromTo,
    hyperparameters: z.array(z.object({ name: z.string(), from: z.string().nullable(), to: z.string().nullable() })),
    features: z.object({ added: z.array(z.string()), removed: z.array(z.string()), retyped: z.array(z.string()) }),
    metrics: z.array(z.object({ metric: z.string(), from: figure, to: figure, difference: figure })),
    report: z.string(),
  }),
  annotations: readOnly,
  effect: null,
  handler: async ({ model_name: modelName, from_version: from, to_version: to }, { ports }) =>
    versionDifference(await side(ports, modelName, from), await side(ports, modelName, to)),
});
