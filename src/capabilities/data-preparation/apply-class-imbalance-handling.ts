import { z } from 'zod';
import { imbalanceHandling } from '../../contracts/training.js';
import { DandoriError } from '../../errors.js';
import { targetChecks } from '../../jobs/data/check-target.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { classCounts, planBalance } from './logic/plan-split.js';
import { dataChoice, datasetRef, readDataset } from './logic/read-dataset.js';

export const applyClassImbalanceHandling = defineTool({
  name: 'apply_class_imbalance_handling',
  title: 'Plan the handling of class imbalance',
  description:
    'Answers the share of the rarest class before and after SMOTE, under-sampling or class weights. It plans and reports; the trainer does it, on training ' +
    'rows only, inside the folds and before encoding, so that no synthetic row is ever tested on. Changes nothing.',
  input: z.object({
    ...datasetRef,
    target: dataChoice.target,
    class_imbalance_handling: imbalanceHandling,
    language: dataChoice.language,
  }),
  output: z.object({
    dataset_id: z.string(),
    version: z.string(),
    class_imbalance_handling: imbalanceHandling,
    /** Rows of the rarest class / all rows. */
    original_class_ratio: z.number(),
    /** The same after the handling; with class weights the share of the weight. */
    balanced_class_ratio: z.number(),
    class_counts: z.record(z.string(), z.number().int()),
    /** Per class, if all rows were training rows. */
    balanced_class_counts: z.record(z.string(), z.number().int()),
    done_by: z.literal('trainer, training rows only, inside the folds'),
  }),
  annotations: readOnly,
  effect: null,
  async handler(input, context) {
    const { version, profile } = await readDataset(input, context);
    const choice = { target: input.target, task_type: 'classification' as const, positive_class: null, cv_folds: 2 };
    const failed = targetChecks(profile, choice, input.language).filter(({ status }) => status === 'fail');
    if (failed.length > 0) throw new DandoriError('unusable_data', failed.map(({ message }) => message).join(' '));
    const counts = Object.fromEntries(classCounts(profile, input.target));
    const balance = planBalance(counts, input.class_imbalance_handling);
    return {
      dataset_id: version.datasetId,
      version: version.version,
      class_imbalance_handling: input.class_imbalance_handling,
      original_class_ratio: balance.originalClassRatio,
      balanced_class_ratio: balance.balancedClassRatio,
      class_counts: counts,
      balanced_class_counts: balance.after,
      done_by: 'trainer, training rows only, inside the folds' as const,
    };
  },
});
