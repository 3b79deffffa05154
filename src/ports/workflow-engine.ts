/** Step Functions' own words for an execution's status. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionDescription {
  /** Name of the execution: the `training_id`. */
  name: string;
  status: ExecutionStatus;
  /** State that runs now (top level), or the last one entered. */
  currentState: string | null;
  input: unknown;
  /** Only when SUCCEEDED. */
  output?: unknown;
  error?: string;
  cause?: string;
  startedAt: string;
  stoppedAt: string | null;
  /** How often it was re-run after an end (RedriveCount of the context object). */
  redriveCount: number;
}

/** One event in Step Functions' GetExecutionHistory shape: `type` plus that type's own details member. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  type: string;
  /** RFC 3339, UTC. */
  timestamp: string;
  [details: string]: unknown;
}

/** Runs the one state machine; `local` is the embedded interpreter on SQLite, `aws` is Step Functions. */
export interface WorkflowEngine {
  /** Same name and same input again answers the running execution; same name with another input is `already_exists`. */
  startExecution(params: { name: string; input: unknown }): Promise<ExecutionDescription>;
  /** `not_found` for an unknown name. */
  describeExecution(params: { name: string }): Promise<ExecutionDescription>;
  /** Newest first; at most `limit` (default 100). */
  listExecutions(params: { status?: ExecutionStatus; limit?: number }): Promise<ExecutionDescription[]>;
  getExecutionHistory(params: { name: string }): Promise<HistoryEvent[]>;
  /** Ends a running execution as ABORTED; a finished one is left as it is. */
  stopExecution(params: { name: string; error?: string; cause?: string }): Promise<void>;
  /** Re-runs a finished execution from the state that failed, or from `fromState`; with the input which that state had, or with `input`. */
  redriveExecution(params: { name: string; fromState?: string; input?: unknown }): Promise<ExecutionDescription>;
}

/** Answers a waiting task; a token is good once: a second, late or unknown answer is `wrong_state` (TaskTimedOut / InvalidToken). */
export interface TaskTokens {
  sendTaskSuccess(params: { taskToken: string; output: unknown }): Promise<void>;
  sendTaskFailure(params: { taskToken: string; error: string; cause: string }): Promise<void>;
  sendTaskHeartbeat(params: { taskToken: string }): Promise<void>;
}
