import { z } from 'zod';
import { DandoriError } from '../errors.js';
import { defineAgent } from './agent.js';

/** Agent 10: retraining triggers; planned. It is in the list so that a request for it is refused in its own name. */
export const retrainAgent = defineAgent({
  name: 'retrain',
  input: z.unknown(),
  output: z.object({}),
  async run() {
    throw new DandoriError('not_yet', 'Automatic retraining is not there yet, it is planned.', {
      next: 'leave auto_retrain_enabled out, and submit the request again when the data changed.',
    });
  },
});
