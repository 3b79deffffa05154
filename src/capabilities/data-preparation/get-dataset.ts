import { z } from 'zod';
import { columnProfile } from '../../contracts/data.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { datasetRef, readDataset, versionView, viewVersion } from './logic/read-dataset.js';

export const getDataset = defineTool({
  name: 'get_dataset',
  title: 'Show a dataset version',
  description:
    'Answers one dataset version with the statistics of its columns (histograms and long lists of values are in the profile, see profile_key).',
  input: z.object(datasetRef),
  output: z.object({
    dataset: versionView,
    duplicate_rows: z.number().int(),
    columns: z.array(
      columnProfile
        .omit({ numeric: true })
        .extend({ mean: z.number().nullable(), std: z.number().nullable(), median: z.number().nullable() }),
    ),
  }),
  annotations: readOnly,
  effect: null,
  async handler(input, context) {
    const { version, profile } = await readDataset(input, context);
    return {
      dataset: viewVersion(version),
      duplicate_rows: profile.duplicate_rows,
      columns: profile.columns.map(({ numeric, top_values: top, ...column }) => ({
        ...column,
        top_values: top.slice(0, 10),
        mean: numeric?.mean ?? null,
        std: numeric?.std ?? null,
        median: numeric?.median ?? null,
      })),
    };
  },
});
