import type { AuditLog } from '../ports/audit-log.js';
import type { EffectJournal } from '../ports/effect-journal.js';
import type { IssueTracker } from '../ports/issue-tracker.js';
import type { Notifier, Notifiers } from '../ports/notifier.js';
import type { RunIndex } from '../ports/run-index.js';
import type { TaskLedger } from '../ports/task-ledger.js';
import type { TaskTokens, WorkflowEngine } from '../ports/workflow-engine.js';
import { redactParams, type Redactor } from '../redact.js';

interface TextPorts {
  engine: WorkflowEngine & TaskTokens;
  runs: RunIndex;
  audit: AuditLog;
  ledger: TaskLedger;
  effects: EffectJournal;
  issues: IssueTracker;
}

/** A tracker that is given no secret, neither by Dandori nor by people at its command line. */
export function redactTracker<T extends IssueTracker>(tracker: T, redact: Redactor): T {
  return redactParams(tracker, ['createIssue', 'updateIssue', 'createComment', 'updateComment'], redact);
}

/** A channel that is given no secret, and whose answers hold none: a refusal may repeat what it was sent. */
function redactNotifier<T extends Notifier>(notifier: T, { value }: Redactor): T {
  return { ...notifier, send: async (params) => value(await notifier.send(value(params))) };
}

/** Channels that are given no secret and tell none. */
export function redactNotifiers({ slack, email, pagerduty, ...rest }: Notifiers, redact: Redactor): Notifiers {
  return {
    ...rest,
    slack: slack === null ? null : redactNotifier(slack, redact),
    email: email === null ? null : redactNotifier(email, redact),
    pagerduty: pagerduty === null ? null : redactNotifier(pagerduty, redact),
  };
}

/** The ports by which texts come into the journal and to people: what they are given is redacted at this one border. */
export function redactPorts<P extends TextPorts>(ports: P, redact: Redactor): P {
  const { engine, audit, runs, ledger, effects, issues } = ports;
  return {
    ...ports,
    engine: redactParams(
      engine,
      ['startExecution', 'redriveExecution', 'stopExecution', 'sendTaskSuccess', 'sendTaskFailure'],
      redact,
    ),
    audit: redactParams(audit, ['record'], redact),
    runs: redactParams(runs, ['add', 'update', 'setValue'], redact),
    ledger: redactParams(ledger, ['put', 'requestCancel'], redact),
    effects: redactParams(effects, ['complete'], redact),
    issues: redactTracker(issues, redact),
  };
}
