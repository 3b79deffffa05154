/** SageMaker's words for a job's status. */
export type JobStatus = 'Pending' | 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';

export interface JobRequest {
  /** Idempotency key and name: starting it twice answers the first job. `[A-Za-z0-9/._-]+`, e.g. `train-x/TrainModel/1/0`. */
  jobName: string;
  /** Groups the logs: `logs/{trainingId}/{logName}.log` in the object store when the job ends. */
  trainingId: string;
  logName: string;
  /** `trainer` runs `python -m dandori_trainer train`; the others are programs of `src/jobs/`. */
  program: 'trainer' | 'prepare-data' | 'evaluate' | 'profile-data';
  /** Flat strings, as SageMaker has it. */
  hyperparameters: Record<string, string>;
  /** Channel name -> object keys, laid out as files under `input/data/<channel>/`; a file name may have folders. */
  channels: Record<string, { key: string; fileName: string }[]>;
  /** Small JSON documents laid out as `input/data/<channel>/<fileName>` too. */
  documents: { channel: string; fileName: string; json: unknown }[];
  /** Everything under `model/` and `output/data/` is stored below this prefix (`{prefix}/model/...`, `{prefix}/output/...`) before the status says Completed. */
  outputPrefix: string;
  limits: { maxRuntimeSeconds: number; maxMemoryMb: number };
  environment?: Record<string, string>;
  /** Of what is said to people when it ends badly; the program finds it as `DANDORI_LANGUAGE`. Default: en. */
  language?: 'en' | 'ja';
}

export interface JobDescription {
  jobName: string;
  status: JobStatus;
  /** For people; null while it runs or when it went well. First 1,024 characters of `output/failure`, or what the platform saw. */
  failureReason: string | null;
  /** Why it ended badly, for code: the program's own failure, a limit, a kill from outside, or the platform. */
  failureKind: 'program' | 'time_limit' | 'memory_limit' | 'disk' | 'killed' | 'platform' | null;
  exitCode: number | null;
  /** 0..100 from the program's progress lines; null before the first. */
  progressPercent: number | null;
  phase: string | null;
  /** Last value of each metric printed. */
  metrics: Record<string, number>;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  peakMemoryMb: number | null;
  /** Running time times the price of where it ran; null while it runs, and where no price is known. */
  estimatedCostUsd: number | null;
  /** Last sign of life from the supervisor. */
  heartbeatAt: string | null;
  outputPrefix: string;
}

/** Heavy work in its own process or container, under the SageMaker training contract (reference A). */
export interface JobPlatform {
  startJob(request: JobRequest): Promise<JobDescription>;
  /** `not_found` for an unknown name. */
  describeJob(params: { jobName: string }): Promise<JobDescription>;
  /** SIGTERM, grace, SIGKILL; a job that ended is left as it is. */
  stopJob(params: { jobName: string }): Promise<void>;
  listJobs(params: { trainingId?: string; status?: JobStatus }): Promise<JobDescription[]>;
  /** Output lines from byte `offset`; `nextOffset` continues. */
  readLog(params: { jobName: string; offset: number }): Promise<{ text: string; nextOffset: number }>;
  /** Calls back whenever a job's status, progress or metrics changed; answers the function that ends it. */
  watch(onChange: (job: JobDescription) => void): () => void;
}
