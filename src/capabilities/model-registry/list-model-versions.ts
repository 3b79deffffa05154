import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { toShape, versionShape } from './logic/version-shape.js';

export const listModelVersions = defineTool({
  name: 'list_model_versions',
  title: 'List model versions',
  description:
    'The versions of a model, newest first, without the digests of their files; without a model name, every model of the registry.',
  input: z.object({ model_name: slug.optional(), limit: z.number().int().min(1).max(100).default(20) }),
  output: z.object({
    models: z.array(z.object({ model_name: z.string(), versions: z.number().int(), latest: z.string() })),
    versions: z.array(versionShape.omit({ digests: true, facts: true })),
  }),
  annotations: readOnly,
  effect: null,
  handler: async ({ model_name: modelName, limit }, { ports }) => {
    const models = (await ports.registry.listModels()).map(({ modelName: model_name, versions, latest }) => ({
      model_name,
      versions,
      latest,
    }));
    if (modelName === undefined) return { models, versions: [] };
    const versions = (await ports.registry.listVersions({ modelName })).slice(0, limit).map((version) => {
      const { digests: _, facts: __, ...rest } = toShape(version);
      return rest;
    });
    return { models: models.filter((model) => model.model_name === modelName), versions };
  },
});
