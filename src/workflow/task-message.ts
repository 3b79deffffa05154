import { z } from 'zod';
import { type RunRef, trainingId } from '../contracts/run-ref.js';

/** The `MessageBody` that the state machine puts on the task queue. */
export const taskMessage = z.object({
  agent: z.string(),
  state: z.string(),
  training_id: trainingId,
  /** Raised by the operator's retry loop and by a new plan. */
  visit: z.number().int().min(1),
  attempt: z.number().int().min(0),
  redrive_count: z.number().int().min(0),
  task_token: z.string(),
  input: z.record(z.string(), z.unknown()),
});

export type TaskMessage = z.infer<typeof taskMessage>;

/** Retries and new plans inside one execution; far above any `max_retry`. */
const visitsPerRedrive = 1000;

/** The run that a message is for; a re-run gets visits of its own, so that it does its work anew instead of finding the old one. */
export function runOf(message: TaskMessage): RunRef {
  return {
    training_id: message.training_id,
    state: message.state,
    visit: message.redrive_count * visitsPerRedrive + message.visit,
    attempt: message.attempt,
  };
}
