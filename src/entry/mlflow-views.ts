import type { Experiment, ExperimentRun } from '../ports/experiment-tracker.js';
import type { Searchable } from './mlflow-filter.js';

const pairs = (of: Record<string, string>) => Object.entries(of).map(([key, value]) => ({ key, value }));

/** An experiment's id is its name: a model's name is good for both. */
export function experimentView({ name, firstStartTime, lastStartTime }: Experiment) {
  return {
    experiment_id: name,
    name,
    artifact_location: 'mlflow-artifacts:/',
    lifecycle_stage: 'active',
    creation_time: firstStartTime,
    last_update_time: lastStartTime,
    tags: [],
  };
}

/** What a search for experiments can name. */
export const searchableExperiment = (one: Experiment): Searchable => ({
  attributes: { name: one.name, creation_time: one.firstStartTime, last_update_time: one.lastStartTime },
  metrics: {},
  params: {},
  tags: {},
});

function runInfo(run: ExperimentRun) {
  return {
    run_id: run.runId,
    run_uuid: run.runId,
    run_name: run.runName,
    experiment_id: run.experiment,
    user_id: run.tags['mlflow.user'] ?? '',
    status: run.status,
    start_time: run.startTime,
    ...(run.endTime === null ? {} : { end_time: run.endTime }),
    artifact_uri: `mlflow-artifacts:/${run.runId}`,
    lifecycle_stage: 'active',
  };
}

/** A run, with the last point of each metric. */
export function runView(run: ExperimentRun) {
  return {
    info: runInfo(run),
    data: { metrics: run.lastPoints, params: pairs(run.params), tags: pairs(run.tags) },
    inputs: {},
  };
}

/** What a search for runs can name. */
export const searchableRun = (run: ExperimentRun): Searchable => ({
  attributes: { end_time: null, ...runInfo(run) },
  metrics: run.metrics,
  params: run.params,
  tags: run.tags,
});
