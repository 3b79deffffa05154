import { z } from 'zod';
import { parsedConfig } from '../capabilities/github-integration/parse-issue-config.js';
import { DandoriError } from '../errors.js';
import { labels } from '../request/labels.js';
import { defineAgent, done } from './agent.js';
import { dataProblems } from './data-problems.js';

/** Field names of the documents (section 4.1). */
const issueDetectorInput = z.object({
  issue_number: z.number().int(),
  repository: z.string(),
  labels: z.array(z.string()),
  body: z.string(),
});

/** Agent 1: an issue that carries `mlops:train` -> its `training_config`, or everything that is wrong with it. */
export const issueDetectorAgent = defineAgent({
  name: 'issue_detector',
  input: issueDetectorInput,
  output: parsedConfig,
  async run(input, { tools }) {
    if (input.labels.includes(labels.train)) {
      const parsed = await tools.call('parse_issue_config', { body: input.body });
      const problems = parsed.training_config === null ? [] : await dataProblems(parsed.training_config, { tools });
      return done(problems.length === 0 ? parsed : { ...parsed, training_config: null, fields: [], problems });
    }
    throw new DandoriError('invalid_request', `Issue #${input.issue_number} is no request.`, {
      found: input.labels.join(', ') || 'no labels',
      allowed: `the label ${labels.train}`,
    });
  },
});
