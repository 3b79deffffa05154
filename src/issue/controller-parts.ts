import type { ApprovalPolicy } from '../contracts/plan.js';
import type { Language, TrainingRequest } from '../contracts/request.js';
import type { RunRef } from '../contracts/run-ref.js';
import { answers, type Answers } from '../messages/answers.js';
import type { AuditLog } from '../ports/audit-log.js';
import type { EffectJournal } from '../ports/effect-journal.js';
import type { IssueTracker } from '../ports/issue-tracker.js';
import type { Problem } from '../request/problem.js';
import type { RunIndex } from '../ports/run-index.js';
import type { TaskLedger } from '../ports/task-ledger.js';
import type { TaskTokens, WorkflowEngine } from '../ports/workflow-engine.js';

/** Most runs that may wait or run at once: of everybody, and of one person. */
export interface Quota {
  openRuns: number;
  openRunsPerAuthor: number;
}

/** What the issue side works with. */
export interface ControllerParts {
  tracker: IssueTracker;
  engine: WorkflowEngine;
  tokens: TaskTokens;
  ledger: TaskLedger;
  runs: RunIndex;
  effects: EffectJournal;
  audit: AuditLog;
  quota: Quota;
  policy: ApprovalPolicy;
  log: { info(details: object, message: string): void; error(details: object, message: string): void };
  /** Agent 1: reads a request; every problem at once when it is none. */
  detect: (issue: { number: number; labels: string[]; body: string }) => Promise<DetectedRequest>;
  /** Ends a run as cancelled. */
  cancel: (params: { trainingId: string; by: string; reason: string }) => Promise<void>;
  /** Puts the previous version of the run's model back; answers the tool's result. */
  rollBack: (run: RunRef, params: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** Puts the run's version, which serves staging, into production; answers the tool's result. */
  promote: (run: RunRef, params: Record<string, unknown>) => Promise<Record<string, unknown>>;
  now?: () => Date;
  pollMs?: number;
}

/** A text as the issue detector reads it; `request` is null when it is no valid one. */
export interface DetectedRequest {
  request: TrainingRequest | null;
  problems: Problem[];
  notes: string[];
  /** Paths that the person wrote. */
  fields: string[];
  language: Language;
}

/** `later`: the run is between two states; the event is worked again in a moment. */
export type EventResult = 'done' | 'later';

/** Names of the small values that are kept for an issue. */
export const issueValue = {
  /** Folder of the submitted file. */
  baseDir: (issue: number) => `issue/${issue}/base_dir`,
  /** Who submitted with `--yes`: that counts for the first run. */
  yes: (issue: number) => `issue/${issue}/yes`,
  language: (issue: number) => `issue/${issue}/language`,
  /** Digest of the issue's text as it was worked last. */
  text: (issue: number) => `issue/${issue}/text`,
  /** Digest of the last text that was refused, and of what was said to it. */
  refused: (issue: number) => `issue/${issue}/refused`,
} as const;

/** The language of the issue's last valid request. */
export async function languageFor(parts: Pick<ControllerParts, 'runs'>, issueNumber: number): Promise<Language> {
  return (await parts.runs.getValue({ key: issueValue.language(issueNumber) })) === 'ja' ? 'ja' : 'en';
}

/** The answers in that language. */
export async function answersFor(parts: Pick<ControllerParts, 'runs'>, issueNumber: number): Promise<Answers> {
  return answers[await languageFor(parts, issueNumber)];
}
