import { taskStates } from '../capabilities/shared/states.js';
import { DandoriError } from '../errors.js';
import type { StateView } from '../history/states-of.js';
import { nearestName } from '../nearest.js';
import type { RunRecord } from '../ports/run-index.js';
import type { ExecutionStatus } from '../ports/workflow-engine.js';
import { stateMachine } from '../workflow/state-machine.js';

/** States in which the work is done, in the workflow's order: neither the choices between them nor the endings that write and tell. */
const workStates: readonly string[] = taskStates.slice(0, taskStates.indexOf('RollbackModel'));

/** States of a run in service that may be worked again: whatever becomes of them, the model goes on serving. */
const afterRelease: readonly string[] = ['StartMonitoring', 'WriteHistory', 'NotifySuccess'];

/** A run that ended, as the choice of the state sees it. */
export interface EndedRun {
  run: Pick<RunRecord, 'trainingId' | 'status'>;
  executionStatus: ExecutionStatus;
  /** Every visit of a state so far, in order. */
  visits: readonly StateView[];
}

function enteredOf(visits: readonly StateView[], states: readonly string[]): string[] {
  return states.filter((state) => visits.some((visit) => visit.state === state));
}

/** The state in which the work failed or was stopped; refused where the judge ended the run, for no state failed then. */
function failedState({ run, visits }: EndedRun, allowed: readonly string[]): string {
  const last = visits.findLast((visit) => workStates.includes(visit.state));
  if (last !== undefined && last.status !== 'succeeded') return last.state;
  throw new DandoriError('wrong_state', `${run.trainingId} has no failed step to run again.`, {
    found: 'every step ended well, and the judge did not accept the model',
    allowed: allowed.join(', '),
    next:
      'the same plan trains the same model: --from OptimizeWorkflow plans anew and asks for approval' +
      (allowed.includes('NotifyOperator') ? ', --from NotifyOperator asks the operator once more.' : '.'),
  });
}

function whyNot({ run, visits }: EndedRun, wanted: string): string {
  if (!Object.hasOwn(stateMachine.States, wanted)) return `${wanted}, which is no state of the workflow`;
  if (!workStates.includes(wanted)) return `${wanted}, in which no work is done that could be done again`;
  if (!visits.some((visit) => visit.state === wanted)) return `${wanted}, which this run never entered`;
  return `${wanted}, before the release of a model that is in service (${run.status})`;
}

function refuse(ended: EndedRun, wanted: string, allowed: readonly string[]): DandoriError {
  const { trainingId, status } = ended.run;
  const isState = Object.hasOwn(stateMachine.States, wanted);
  const meant = isState ? null : nearestName(wanted, allowed);
  const another = 'to train again, make another request (npx dandori submit FILE).';
  const next = meant === null ? (status === 'in_service' ? another : undefined) : `did you mean --from ${meant}?`;
  return new DandoriError(
    isState ? 'wrong_state' : 'invalid_input',
    `${trainingId} cannot be run again from ${wanted}.`,
    { found: whyNot(ended, wanted), allowed: allowed.join(', '), ...(next === undefined ? {} : { next }) },
  );
}

/** The state that a run is run again from: `wanted` when it may be, without it the one that failed; throws what is allowed. */
export function stateToRerunFrom(ended: EndedRun, wanted: string | null): string {
  const { run, executionStatus, visits } = ended;
  const inService = run.status === 'in_service';
  if (executionStatus === 'SUCCEEDED' && !inService) {
    throw new DandoriError('wrong_state', `${run.trainingId} cannot be run again.`, {
      found: 'its version was rolled back',
      next: 'make another request (npx dandori submit FILE).',
    });
  }
  const allowed = enteredOf(visits, inService ? afterRelease : workStates);
  if (wanted !== null) {
    if (allowed.includes(wanted)) return wanted;
    throw refuse(ended, wanted, allowed);
  }
  if (!inService) return failedState(ended, allowed);
  throw new DandoriError('wrong_state', `${run.trainingId} did not fail: its model is in service.`, {
    allowed: `--from with one of ${allowed.join(', ')}: these change nothing in service`,
    next: 'to train again, make another request (npx dandori submit FILE).',
  });
}
