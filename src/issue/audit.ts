import { codeOf, type ErrorCode } from '../errors.js';
import type { AuditEntry } from '../ports/audit-log.js';
import type { TrackerEvent } from '../ports/issue-tracker.js';
import type { ControllerParts } from './controller-parts.js';
import { planHashOfRun } from './run-plan.js';

/** What an event of the tracker came to, as the audit log keeps it; `about`: the run and the plan. */
export function auditOf(
  { now = () => new Date() }: Pick<ControllerParts, 'now'>,
  event: TrackerEvent,
  told: Pick<AuditEntry, 'action' | 'outcome' | 'detail'>,
  about: Partial<Pick<AuditEntry, 'trainingId' | 'planHash'>> = {},
): AuditEntry {
  return {
    key: `tracker/${event.id}/${told.action}/${told.outcome}`,
    at: now().toISOString(),
    by: event.actor,
    issueNumber: event.issueNumber,
    trainingId: about.trainingId ?? null,
    planHash: about.planHash ?? null,
    ...told,
  };
}

const refusals: ReadonlySet<ErrorCode> = new Set([
  'not_allowed',
  'wrong_state',
  'invalid_input',
  'invalid_request',
  'not_found',
  'not_yet',
]);

/** Whether an error is the answer of a rule, or a fault of ours or of something that we need. */
export function outcomeOf(error: unknown): 'refused' | 'failed' {
  return refusals.has(codeOf(error)) ? 'refused' : 'failed';
}

/** The issue's last run, ended or not, with its plan. */
async function aboutRun(parts: ControllerParts, issueNumber: number) {
  const [run] = await parts.runs.list({ issueNumber, limit: 1 });
  return run === undefined ? {} : { trainingId: run.trainingId, planHash: await planHashOfRun(parts, run.trainingId) };
}

/** Keeps that nothing was done and why, with the run and the plan that it would have been about. */
export async function auditRefusal(
  parts: ControllerParts,
  event: TrackerEvent,
  action: string,
  why: string,
  outcome: 'refused' | 'failed' = 'refused',
): Promise<void> {
  // A request that starts none is about no run.
  const about = action === 'submit' ? {} : await aboutRun(parts, event.issueNumber);
  await parts.audit.record(auditOf(parts, event, { action, outcome, detail: why }, about));
}
