import { evaluateJob } from './evaluation/evaluate-model.js';
import { runJob } from './job-context.js';

await runJob(evaluateJob);
