import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { toShape, versionShape } from './logic/version-shape.js';

export const getModelVersion = defineTool({
  name: 'get_model_version',
  title: 'Get a model version',
  description:
    'One version of a model by number (`1.2.0`) or alias (`Production`, `Staging`): its package, digests, metrics, stage and approval.',
  input: z.object({ model_name: slug, version: z.string().optional(), alias: z.string().optional() }),
  output: versionShape,
  annotations: readOnly,
  effect: null,
  handler: async ({ model_name: modelName, version, alias }, { ports }) => {
    if ((version === undefined) === (alias === undefined)) {
      throw new DandoriError('invalid_input', `Which version of ${modelName}?`, {
        found: version === undefined ? 'neither "version" nor "alias"' : 'both "version" and "alias"',
        allowed: 'exactly one of them',
        next: 'list_model_versions shows what there is.',
      });
    }
    const found = await ports.registry.getVersion({
      modelName,
      ...(version === undefined ? {} : { version }),
      ...(alias === undefined ? {} : { alias }),
    });
    return toShape(found);
  },
});
