import { z } from 'zod';
import { prepareSpec } from '../../contracts/data.js';
import { DandoriError } from '../../errors.js';
import { targetChecks } from '../../jobs/data/check-target.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { planSplit } from './logic/plan-split.js';
import { dataChoice, datasetRef, readDataset } from './logic/read-dataset.js';

const rowCounts = z.object({ train: z.number().int(), validation: z.number().int(), test: z.number().int() });

export const splitDataset = defineTool({
  name: 'split_dataset',
  title: 'Plan the split',
  description:
    'Answers how many rows, and of which class, training, validation and test will have: stratified by class or by quantiles of the target and seeded, or ' +
    'in the order of time_column. Changes nothing; preprocess_supervised writes the splits.',
  input: z.object({ ...datasetRef, ...dataChoice, split: prepareSpec.shape.split }),
  output: z.object({
    dataset_id: z.string(),
    version: z.string(),
    method: z.enum(['stratified', 'quantile_stratified', 'time_ordered']),
    rows: rowCounts,
    /** Null for a regression and for a split by time. */
    classes: z.record(z.string(), rowCounts).nullable(),
    note: z.string(),
  }),
  annotations: readOnly,
  effect: null,
  async handler(input, context) {
    const { version, profile } = await readDataset(input, context);
    const failed = targetChecks(profile, input, input.language).filter(({ status }) => status === 'fail');
    if (failed.length > 0) throw new DandoriError('unusable_data', failed.map(({ message }) => message).join(' '));
    const method =
      input.time_column !== null
        ? 'time_ordered'
        : input.task_type === 'classification'
          ? 'stratified'
          : 'quantile_stratified';
    return {
      dataset_id: version.datasetId,
      version: version.version,
      method: method as 'stratified' | 'quantile_stratified' | 'time_ordered',
      ...planSplit(profile, input, input.split),
      note: 'Equal rows stay in one split and cleaning may remove rows, so that the counts in prepared.json can differ a little.',
    };
  },
});
