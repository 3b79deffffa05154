import type { HistoryEvent } from '../ports/workflow-engine.js';

/** One visit of a state, as people want to see it. */
export interface StateView {
  state: string;
  status: 'running' | 'succeeded' | 'failed';
  /** Engine attempts: 1 + retries. */
  attempts: number;
  started_at: string;
  ended_at: string | null;
  duration_ms: number | null;
  error: string | null;
  cause: string | null;
}

function detailsOf(event: HistoryEvent): Record<string, unknown> {
  for (const [key, value] of Object.entries(event)) {
    if (key.endsWith('Details') && typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  }
  return {};
}

function opened(event: HistoryEvent): StateView {
  return {
    state: String(detailsOf(event)['name']),
    status: 'running',
    attempts: 0,
    started_at: event.timestamp,
    ended_at: null,
    duration_ms: null,
    error: null,
    cause: null,
  };
}

function close(view: StateView, at: string): void {
  view.status = view.error === null ? 'succeeded' : 'failed';
  view.ended_at = at;
  view.duration_ms = Math.max(0, Date.parse(at) - Date.parse(view.started_at));
}

/** A task that failed and was caught leaves its state by an ordinary exit: what counts is its last answer. */
function note(view: StateView, event: HistoryEvent): void {
  const details = detailsOf(event);
  if (event.type === 'TaskScheduled') {
    view.attempts += 1;
    view.error = null;
    view.cause = null;
  }
  if (
    /^(?:TaskFailed|TaskTimedOut|TaskSubmitFailed|ExecutionFailed|ExecutionAborted|ExecutionTimedOut)$/.test(event.type)
  ) {
    view.error = typeof details['error'] === 'string' ? details['error'] : event.type;
    view.cause = typeof details['cause'] === 'string' ? details['cause'] : null;
  }
}

/** Step Functions' events -> one row a visit of a state, in order. */
export function statesOf(events: readonly HistoryEvent[]): StateView[] {
  const rows: StateView[] = [];
  let current: StateView | null = null;
  for (const event of events) {
    if (event.type.endsWith('StateEntered')) {
      current = opened(event);
      rows.push(current);
    } else if (current !== null) {
      note(current, event);
      if (event.type.endsWith('StateExited') || /^Execution(?:Failed|Aborted|TimedOut|Succeeded)$/.test(event.type)) {
        close(current, event.timestamp);
        current = null;
      }
    }
  }
  return rows;
}
