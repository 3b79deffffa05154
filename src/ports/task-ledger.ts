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
  list(params: { trainingId?: string; jobName?: string }): Promise<WaitingTask[]>;
  /** Asks that the run ends as soon as its worker looks; kept until the run ended. */
  requestCancel(params: { trainingId: string; by: string; reason: string }): Promise<void>;
  cancelRequest(params: { trainingId: string }): Promise<{ by: string; reason: string } | null>;
}
