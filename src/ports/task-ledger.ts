/** A task that waits: its message has left the queue, its token is answered when the job ends or the person answers. */
export interface WaitingTask {
  taskToken: string;
  trainingId: string;
  state: string;
  /** The message as it was received, to be worked again when the job ended. */
  body: unknown;
  waitingFor: { kind: 'job'; jobName: string } | { kind: 'person'; question: unknown };
  since: string;
}

/** Remembers waiting tasks and asked cancellations over restarts (AWS: a DynamoDB table that Lambda and EventBridge share). */
export interface TaskLedger {
  /** Replaces what was kept for the token. */
  put(task: WaitingTask): Promise<void>;
  remove(params: { taskToken: string }): Promise<void>;
  /** Those of a run, of a job, or of one kind; with nothing given all of them, which may be many thousands. */
  list(params: { trainingId?: string; jobName?: string; kind?: 'job' | 'person' }): Promise<WaitingTask[]>;
  /** Remembers that people were shown what the task waits for, until it is put anew. */
  markShown(params: { taskToken: string }): Promise<void>;
  /** Runs with a task that was shown as it is; cheap however many wait. */
  listShownRuns(): Promise<string[]>;
  /** Asks that the run ends as soon as its worker looks; kept until the run ended. */
  requestCancel(params: { trainingId: string; by: string; reason: string }): Promise<void>;
  cancelRequest(params: { trainingId: string }): Promise<{ by: string; reason: string } | null>;
  /** Forgets everything of the run: its waiting tasks and the cancellation. For a run that starts anew. */
  forget(params: { trainingId: string }): Promise<void>;
}
