import { z } from 'zod';
import { slugAllowed, slugPattern, trainingIdPattern } from './slug-pattern.js';

/** Ids of models, datasets and endpoints: lower case, digits, hyphens; never built from titles, safe in paths and URLs. */
export const slug = z.string().regex(slugPattern, slugAllowed);

export const trainingId = z.string().regex(trainingIdPattern);

/** Which attempt of which visit of which state an agent works for; outside effects are keyed without the attempt. */
export const runRef = z.object({
  training_id: trainingId,
  /** Name of the state of the state machine, e.g. `TrainModel`. */
  state: z.string(),
  /** How often the execution has entered its retry, re-plan or re-run loops, from 1. */
  visit: z.number().int().min(1),
  /** Engine retries of this state, from 0. */
  attempt: z.number().int().min(0),
});

export type RunRef = z.infer<typeof runRef>;

/** `training_id/state/visit/attempt`: the key under which a job is started. */
export function jobKey(run: RunRef): string {
  return `${run.training_id}/${run.state}/${run.visit}/${run.attempt}`;
}

/** `training_id/state/visit/effect`: the key of an outside effect, without the attempt, so that a retry finds it. */
export function effectKey(run: RunRef, effect: string): string {
  return `${run.training_id}/${run.state}/${run.visit}/${effect}`;
}
