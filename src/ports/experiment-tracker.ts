export type RunStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface MetricPoint {
  key: string;
  value: number;
  /** Milliseconds since the epoch. */
  timestamp: number;
  step: number;
}

export interface ExperimentRun {
  runId: string;
  experiment: string;
  runName: string;
  status: RunStatus;
  startTime: number;
  endTime: number | null;
  params: Record<string, string>;
  /** Last value of each metric. */
  metrics: Record<string, number>;
  /** The same values with their steps and times. */
  lastPoints: MetricPoint[];
  /** Code version, data version, environment, parent run. */
  tags: Record<string, string>;
  /** Object keys. */
  artifacts: string[];
}

/** Runs are grouped by the name of their experiment; there is none without a run. */
export interface Experiment {
  name: string;
  /** Milliseconds since the epoch: starts of the first and of the newest run. */
  firstStartTime: number;
  lastStartTime: number;
}

/** Parameters, metrics over time and artefacts of every run, in MLflow's terms. */
export interface ExperimentTracker {
  /** Idempotent by `runId`; MLflow's clients take letters, digits, `_` and `-` for it. */
  createRun(params: {
    runId: string;
    experiment: string;
    runName: string;
    tags: Record<string, string>;
  }): Promise<ExperimentRun>;
  /** Parameters are immutable: another value for a logged one is `conflict`. The same metric point twice is kept once. */
  logBatch(params: {
    runId: string;
    metrics?: MetricPoint[];
    params?: Record<string, string>;
    tags?: Record<string, string>;
    artifacts?: string[];
  }): Promise<void>;
  endRun(params: { runId: string; status: RunStatus }): Promise<void>;
  getRun(params: { runId: string }): Promise<ExperimentRun>;
  metricHistory(params: { runId: string; key: string }): Promise<MetricPoint[]>;
  /** By name. */
  listExperiments(): Promise<Experiment[]>;
  /** Newest first. */
  searchRuns(params: {
    experiment?: string;
    tag?: { key: string; value: string };
    limit?: number;
  }): Promise<ExperimentRun[]>;
}
