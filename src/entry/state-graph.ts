import type { HistoryEvent } from '../ports/workflow-engine.js';
import { statesOf } from '../history/states-of.js';
import type { Rerun } from '../issue/rerun.js';
import { taskErrors } from '../workflow/state-machine.js';
import type { DrawnEdge, DrawnState, RunGraph } from './api-types.js';

/** The history in its passes: the first run, then each re-run from its ExecutionRedriven on. */
function passesOf(events: readonly HistoryEvent[]): HistoryEvent[][] {
  const passes: HistoryEvent[][] = [[]];
  for (const event of events) {
    if (event.type === 'ExecutionRedriven') passes.push([]);
    passes.at(-1)?.push(event);
  }
  return passes;
}

function statusOf(
  { status, error }: { status: 'running' | 'succeeded' | 'failed'; error: string | null },
  waits: boolean,
): DrawnState['status'] {
  if (status === 'running') return waits ? 'waiting' : 'running';
  return error === taskErrors.cancelled || error === 'ExecutionAborted' ? 'cancelled' : status;
}

function drawnStates(passes: readonly HistoryEvent[][], waitingState: string | null): DrawnState[] {
  const visits = new Map<string, number>();
  return passes.flatMap((events, rerun) =>
    statesOf(events).map((view) => {
      const { state: name, attempts, duration_ms, error, cause } = view;
      const visit = (visits.get(name) ?? 0) + 1;
      visits.set(name, visit);
      const status = statusOf(view, name === waitingState);
      const [entered_at, exited_at] = [view.started_at, view.ended_at];
      return { name, visit, attempts, status, entered_at, exited_at, duration_ms, error, cause, rerun };
    }),
  );
}

/** Each way from a state to the one after it, once, with how often it was taken; in the order of the first time. */
export function edgesOf(states: readonly Pick<DrawnState, 'name' | 'rerun'>[]): DrawnEdge[] {
  const edges = new Map<string, DrawnEdge>();
  for (const [index, to] of states.entries()) {
    const from = states[index - 1];
    if (from === undefined) continue;
    const kind = from.rerun === to.rerun ? 'next' : 'rerun';
    const key = `${kind} ${from.name} ${to.name}`;
    const edge = edges.get(key) ?? { from: from.name, to: to.name, times: 0, kind };
    edges.set(key, { ...edge, times: edge.times + 1 });
  }
  return [...edges.values()];
}

/** The graph of the states that a run went through. */
export function graphOf(
  events: readonly HistoryEvent[],
  {
    reruns,
    waitingState,
    waitsFor,
  }: {
    reruns: readonly Rerun[];
    /** State that waits for a person now. */
    waitingState: string | null;
    waitsFor: RunGraph['waits_for'];
  },
): RunGraph {
  const passes = passesOf(events);
  const states = drawnStates(passes, waitingState);
  return {
    states,
    edges: edgesOf(states),
    reruns: passes.slice(1).map((pass, index) => {
      const number = index + 1;
      const record = reruns.find((one) => one.number === number);
      const first = states.find((state) => state.rerun === number);
      return { number, from: first?.name ?? '', by: record?.by ?? null, at: pass[0]?.timestamp ?? '' };
    }),
    waits_for: waitsFor,
  };
}
