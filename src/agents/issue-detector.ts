import { z } from 'zod';
import { trainingRequest } from '../contracts/request.js';
import { DandoriError } from '../errors.js';
import { labels } from '../issue/labels.js';
import { parseBody } from '../issue/parse-body.js';
import { defineAgent, done } from './agent.js';

/** Field names of the documents (section 4.1). */
export const issueDetectorInput = z.object({
  issue_number: z.number().int(),
  repository: z.string(),
  labels: z.array(z.string()),
  body: z.string(),
});

/** Agent 1: an issue that carries `mlops:train` and holds a valid request -> its `training_config`. */
export const issueDetectorAgent = defineAgent({
  name: 'issue_detector',
  input: issueDetectorInput,
  output: z.object({ training_config: trainingRequest.extend({ issue_number: z.number().int() }) }),
  async run(input) {
    if (!input.labels.includes(labels.train)) {
      throw new DandoriError('invalid_request', `Issue #${input.issue_number} is no request.`, {
        found: input.labels.join(', ') || 'no labels',
        allowed: `the label ${labels.train}`,
      });
    }
    const parsed = parseBody(input.body);
    if (parsed.ok) return done({ training_config: { ...parsed.request, issue_number: input.issue_number } });
    throw new DandoriError('invalid_request', `The request of issue #${input.issue_number} is not valid.`, {
      data: { problems: parsed.problems },
    });
  },
});
