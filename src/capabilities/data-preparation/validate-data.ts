import { z } from 'zod';
import { prepareSpec, qualityReport } from '../../contracts/data.js';
import { targetChecks } from '../../jobs/data/check-target.js';
import { planFeatures } from '../../jobs/data/plan-features.js';
import { datasetChecks, reportOf } from '../../jobs/data/quality.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { dataChoice, datasetRef, readDataset } from './logic/read-dataset.js';

export const validateData = defineTool({
  name: 'validate_data',
  title: 'Validate data for a training',
  description:
    'Checks whether a dataset version can be trained on: the target (absent, one class, too rare, wrong kind), the named columns, the features to generate, and the quality of all ' +
    'columns. Changes nothing. Expectations are checked by the preparation, which reads the rows.',
  input: z.object({ ...datasetRef, ...dataChoice, preprocessing: prepareSpec.shape.preprocessing.optional() }),
  output: z.object({ dataset_id: z.string(), version: z.string(), usable: z.boolean(), report: qualityReport }),
  annotations: readOnly,
  effect: null,
  async handler(input, context) {
    const { version, profile } = await readDataset(input, context);
    const checks = [
      ...targetChecks(profile, input, input.language),
      ...planFeatures(profile.columns, input, input.language).problems,
      ...datasetChecks(profile, input.language),
    ];
    const report = reportOf(profile, checks);
    return { dataset_id: version.datasetId, version: version.version, usable: report.status !== 'fail', report };
  },
});
