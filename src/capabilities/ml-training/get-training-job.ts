import { z } from 'zod';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { jobView, viewOf } from './logic/job-view.js';

/** Where a job stands, live. */
export const getTrainingJob = defineTool({
  name: 'get_training_job',
  title: 'Show a job',
  description:
    'Answers status, progress, live metrics, times, peak memory and, when it failed, why: for any job by its name.',
  input: z.strictObject({ job_name: z.string().min(1).max(300) }),
  output: jobView,
  annotations: readOnly,
  effect: null,
  handler: async ({ job_name }, { ports, now }) => viewOf(await ports.jobs.describeJob({ jobName: job_name }), now()),
});
