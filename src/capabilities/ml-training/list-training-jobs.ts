import { z } from 'zod';
import { trainingId } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { jobStatusSchema, jobView, viewOf } from './logic/job-view.js';

/** The jobs of a run, oldest first. */
export const listTrainingJobs = defineTool({
  name: 'list_training_jobs',
  title: 'List jobs',
  description:
    'Lists the newest jobs (all kinds: profile, prepare, train, evaluate), oldest first; of one run or with one status if asked.',
  input: z.strictObject({
    training_id: trainingId.optional(),
    status: jobStatusSchema.optional(),
    limit: z.number().int().min(1).max(100).default(20),
  }),
  output: z.object({ jobs: z.array(jobView) }),
  annotations: readOnly,
  effect: null,
  async handler({ training_id, status, limit }, { ports, now }) {
    const jobs = await ports.jobs.listJobs({
      ...(training_id === undefined ? {} : { trainingId: training_id }),
      ...(status === undefined ? {} : { status }),
    });
    return { jobs: jobs.slice(-limit).map((job) => viewOf(job, now())) };
  },
});
