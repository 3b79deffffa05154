import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { diffProfiles } from './logic/diff.js';
import { readDataset } from './logic/read-dataset.js';

const columnRef = z.object({ name: z.string(), type: z.string() });
const value = z.union([z.number(), z.string()]).nullable();

export const diffDatasets = defineTool({
  name: 'diff_datasets',
  title: 'Compare two dataset versions',
  description:
    'Answers what changed between two versions of a dataset: rows, columns, types, and the statistics and categories of each column.',
  input: z.object({ dataset_id: slug, from: z.string(), to: z.string() }),
  output: z.object({
    dataset_id: z.string(),
    from: z.string(),
    to: z.string(),
    same_rows: z.boolean(),
    rows: z.object({ from: z.number().int(), to: z.number().int(), difference: z.number().int() }),
    schema: z.object({
      added: z.array(columnRef),
      removed: z.array(columnRef),
      changed: z.array(z.object({ name: z.string(), from: z.string(), to: z.string() })),
    }),
    /** Columns of both versions whose figures differ. */
    columns: z.array(
      z.object({
        name: z.string(),
        changes: z.array(z.object({ statistic: z.string(), from: value, to: value })),
        new_values: z.array(z.string()),
        gone_values: z.array(z.string()),
      }),
    ),
  }),
  annotations: readOnly,
  effect: null,
  async handler({ dataset_id: datasetId, from, to }, context) {
    const before = await readDataset({ dataset_id: datasetId, version: from }, context);
    const after = await readDataset({ dataset_id: datasetId, version: to }, context);
    return { dataset_id: datasetId, from, to, ...diffProfiles(before.profile, after.profile) };
  },
});
