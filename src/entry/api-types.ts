import type { JobDescription } from '../ports/job-platform.js';
import type { Comment, Issue } from '../ports/issue-tracker.js';
import type { NotifierChannel } from '../ports/notifier.js';
import type { RunStatus } from '../ports/run-index.js';
import type { StateView } from '../history/states-of.js';

/** One line of `dandori list`. `status` is how the run stands or ended; a run whose version was replaced later stays `in_service`. */
export interface RunLine {
  training_id: string;
  issue_number: number;
  model_name: string;
  status: RunStatus;
  version: string | null;
  /** Version that serves now where this run's did, after a rollback an older one; null while this run's serves. */
  replaced_by: string | null;
  /** What has become of its version: `replaced by 1.1.0`, `rolled back by aya`; null while the status says it all. */
  remark: string | null;
  created_at: string;
  ended_at: string | null;
}

/** `dandori show`: one run, whole. */
export interface RunView extends RunLine {
  current_state: string | null;
  states: StateView[];
  /** The job that runs now, with its progress and metrics. */
  job: Pick<JobDescription, 'jobName' | 'status' | 'progressPercent' | 'phase' | 'metrics'> | null;
  /** What a person is asked, while the run waits for one. */
  question: {
    state: string;
    plan_hash: string | null;
    since: string;
    /** The comment that asks. */
    comment_id: string | null;
  } | null;
  error: string | null;
  cause: string | null;
  /** Execution data of the states that ended, e.g. `judgement`, `deployment`. */
  data: Record<string, unknown>;
}

/** One visit of a state in the drawn graph. */
export interface DrawnState {
  name: string;
  /** 1 for the first time that the run entered the state, over all re-runs. */
  visit: number;
  /** Engine attempts of a task, 1 + retries; 0 for a choice. */
  attempts: number;
  status: 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';
  entered_at: string;
  exited_at: string | null;
  duration_ms: number | null;
  error: string | null;
  cause: string | null;
  /** Number of the re-run that it belongs to; 0 before the first. */
  rerun: number;
}

/** A way from one state to the next that the run took, and how often. */
export interface DrawnEdge {
  from: string;
  to: string;
  times: number;
  /** `rerun`: a person ran it again from `to` after it had ended in `from`. */
  kind: 'next' | 'rerun';
}

/** The states that a run went through, as `dandori show` draws them. */
export interface RunGraph {
  states: DrawnState[];
  edges: DrawnEdge[];
  reruns: { number: number; from: string; by: string | null; at: string }[];
  /** Who may answer, while the run waits for a person. */
  waits_for: {
    /** Least permission on the tracker. */
    permission: string;
    /** Whose answer does not count: who made a request for production. */
    other_than: string | null;
    since: string;
  } | null;
}

/** `dandori show`: one run with its graph, both of the same moment. */
export type DrawnRun = RunView & { graph: RunGraph };

/** One line of `dandori audit`: what somebody did, or was refused. */
export interface AuditLine {
  sequence: number;
  at: string;
  by: string;
  action: string;
  outcome: 'begun' | 'done' | 'refused' | 'failed';
  issue_number: number | null;
  training_id: string | null;
  plan_hash: string | null;
  detail: string | null;
  digest: string;
}

export interface SubmitAnswer {
  issue_number: number;
  url: string;
}

/** What Dandori answered to what a person did, when it runs. */
export interface CommentAnswer {
  /** The comment that was posted or got a reaction; null: the issue itself was edited. */
  comment_id: string | null;
  replies: string[];
}

/** `dandori show ISSUE`: what people wrote and what Dandori answered. */
export interface IssueView {
  issue: Issue;
  comments: Comment[];
  runs: RunLine[];
}

/** The version that serves at an endpoint, and the run that made it. */
export interface ServingAnswer {
  endpoint_name: string;
  model_name: string;
  version: string;
  training_id: string;
}

/** What an endpoint answered. */
export interface PredictAnswer {
  endpoint_name: string;
  status_code: number;
  body: string;
}

export interface HealthAnswer {
  status: 'ok';
  version: string;
  pid: number;
  /** False: it only answers; nothing is worked on. */
  active: boolean;
  /** Address of the models; null where nothing is worked on. */
  serving_url: string | null;
  mcp_url: string | null;
  /** Only while it works on GitHub; `webhook_url` is null when GitHub is polled. */
  github?: { repository: string; webhook_url: string | null };
}

export interface LogAnswer {
  text: string;
  next_offset: number;
  ended: boolean;
}

/** What became of a test message. */
export interface ChannelTest {
  channel: NotifierChannel;
  target: string;
  /** `lost`: it went out and no answer came. */
  status: 'sent' | 'refused' | 'lost';
  id: string | null;
  /** Why not, or what was not taken. */
  reason: string | null;
}

export interface DoctorLine {
  check: string;
  status: 'ok' | 'warn' | 'fail';
  detail: string;
  /** The command or step that mends it; null when nothing is to be mended. */
  fix: string | null;
}

export interface ReproduceAnswer {
  training_id: string;
  progress: number | null;
  phase: string | null;
  /** Null while it trains. */
  verdict: {
    same_model: boolean;
    same_metrics: boolean;
    model_sha256: { before: string; after: string };
    /** What is not as it was when the run trained. */
    notes: string[];
  } | null;
}
