import type { TrainingRequest } from '../../../contracts/request.js';
import type { ExperimentRun, ExperimentTracker } from '../../../ports/experiment-tracker.js';

/** Name of the experiment that holds one run for each finished training of this installation: what estimates rest on. */
export const historyExperiment = 'workflow-optimization';

export interface PastRun {
  training_id: string;
  model_name: string;
  dataset_id: string;
  target: string;
  task_type: string;
  /** The one that was chosen. */
  algorithm: string;
  /** All that were compared, sorted. */
  algorithms: string[];
  rows: number;
  performance_profile: string;
  class_imbalance_handling: string;
  /** Null: a run of an earlier Dandori, which did not note them. */
  cv_folds: number | null;
  training_seconds: number | null;
  /** Without the waits for people. */
  total_seconds: number | null;
  cost_usd: number | null;
  /** Of the evaluation. */
  metrics: Record<string, number>;
}

/** Figures of a run that are no metric of the model. */
const figureNames = ['training_seconds', 'total_seconds', 'cost_usd'] as const;

/** Id of the run that keeps a training's figures; another visit measured something else. */
export function runIdOf(trainingId: string, visit: number): string {
  return `optimization-${trainingId}-${visit}`;
}

/** A past run as the experiment tracker keeps it. */
export function toExperiment(run: PastRun): { params: Record<string, string>; metrics: Record<string, number> } {
  const figures = figureNames
    .map((name) => [name, run[name]] as const)
    .filter((entry): entry is [(typeof figureNames)[number], number] => entry[1] !== null);
  return {
    params: {
      training_id: run.training_id,
      model_name: run.model_name,
      dataset_id: run.dataset_id,
      target: run.target,
      task_type: run.task_type,
      algorithm: run.algorithm,
      algorithms: run.algorithms.toSorted().join(','),
      rows: String(run.rows),
      performance_profile: run.performance_profile,
      class_imbalance_handling: run.class_imbalance_handling,
      ...(run.cv_folds === null ? {} : { cv_folds: String(run.cv_folds) }),
    },
    metrics: { ...run.metrics, ...Object.fromEntries(figures) },
  };
}

function fromExperiment({ params, metrics }: ExperimentRun): PastRun | null {
  const rows = Number(params['rows']);
  const trainingId = params['training_id'];
  if (trainingId === undefined || !Number.isInteger(rows)) return null;
  const text = (name: string) => params[name] ?? '';
  const own = Object.entries(metrics).filter(([name]) => !figureNames.some((figure) => figure === name));
  return {
    training_id: trainingId,
    model_name: text('model_name'),
    dataset_id: text('dataset_id'),
    target: text('target'),
    task_type: text('task_type'),
    algorithm: text('algorithm'),
    algorithms: text('algorithms')
      .split(',')
      .filter((name) => name !== ''),
    rows,
    performance_profile: text('performance_profile'),
    class_imbalance_handling: text('class_imbalance_handling'),
    cv_folds: Number(params['cv_folds']) || null,
    training_seconds: metrics['training_seconds'] ?? null,
    total_seconds: metrics['total_seconds'] ?? null,
    cost_usd: metrics['cost_usd'] ?? null,
    metrics: Object.fromEntries(own),
  };
}

/** Every finished training that this installation has measured, newest first. */
export async function pastRuns(experiments: ExperimentTracker): Promise<PastRun[]> {
  const runs = await experiments.searchRuns({ experiment: historyExperiment, limit: 500 });
  return runs
    .filter(({ status }) => status === 'FINISHED')
    .map(fromExperiment)
    .filter((run) => run !== null);
}

type Wanted = Pick<TrainingRequest, 'task_type' | 'algorithms' | 'model_name' | 'training_script'>;

/** Whether the run compared the algorithms of the request, no others. */
export function sameAlgorithms(run: PastRun, request: Pick<TrainingRequest, 'algorithms'>): boolean {
  return run.algorithms.join(',') === request.algorithms.toSorted().join(',');
}

/** A program of one's own says little of another one: there the runs of the same model are alike. */
function trainedAlike(run: PastRun, request: Wanted): boolean {
  if (request.training_script !== null) return run.model_name === request.model_name && sameAlgorithms(run, request);
  return request.algorithms.some((name) => name === run.algorithm);
}

/** Runs of the same task on half to twice the rows that chose one of the request's algorithms. */
export function similarRuns(runs: readonly PastRun[], request: Wanted, rows: number): PastRun[] {
  return runs.filter(
    (run) =>
      run.task_type === request.task_type && trainedAlike(run, request) && run.rows >= rows / 2 && run.rows <= rows * 2,
  );
}
