import { z } from 'zod';
import { language } from '../../contracts/request.js';
import { runRef, slug } from '../../contracts/run-ref.js';
import { checkStatus } from '../../contracts/data.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { dataLimits, jobAnswer } from './logic/data-job.js';
import { importDataset, readReport } from './logic/import-dataset.js';
import { versionView, viewVersion } from './logic/read-dataset.js';

export const loadDataset = defineTool({
  name: 'load_dataset',
  title: 'Load a dataset',
  description:
    'Brings a file (CSV, Parquet, JSON, plain or gzip) of a data root into the catalogue: keeps its bytes by their hash, starts the job that types and ' +
    'profiles it, or finds that job, and answers its progress; when it has completed, the dataset version. The same bytes are one version. ' +
    'NAME.expectations.yaml beside the file is taken over.',
  input: z.object({
    dataset_id: slug,
    path: z.string().min(1).max(4096).describe('Relative to a data root, or absolute inside one'),
    run: runRef.nullable().default(null).describe('The run that needs it; null: added by a person'),
    language: language.default('en').describe('Of the quality report'),
    limits: dataLimits.prefault({}),
  }),
  output: z.object({
    ...jobAnswer,
    result: versionView
      .extend({
        already_known: z.boolean(),
        quality: z.object({ status: checkStatus, warnings: z.number().int(), failures: z.number().int() }),
      })
      .nullable(),
  }),
  annotations: writes,
  effect: null,
  async handler(input, context) {
    const { dataset_id: datasetId, path, run, language, limits } = input;
    const { answer, version, alreadyKnown } = await importDataset({ datasetId, path, run, language, limits }, context);
    if (version === null) return { ...answer, result: null };
    const report = await readReport(version, context);
    const count = (status: 'warn' | 'fail') => report.checks.filter((each) => each.status === status).length;
    const quality = { status: report.status, warnings: count('warn'), failures: count('fail') };
    return { ...answer, result: { ...viewVersion(version), already_known: alreadyKnown, quality } };
  },
});
