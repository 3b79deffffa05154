import type { Language } from '../../contracts/request.js';
import { commentMessages, wordFor } from '../../messages/comments.js';

/** One visit of a state, in order. */
export interface StateVisit {
  state: string;
  status: 'running' | 'succeeded' | 'failed';
}

const mainPath = [
  'OptimizeWorkflow',
  'WaitForOptimizationApproval',
  'PrepareData',
  'TrainModel',
  'EvaluateModel',
  'JudgeResults',
  'PackageModel',
  'DeployModel',
  'StartMonitoring',
  'WriteHistory',
  'NotifySuccess',
] as const;
const retryPath = ['NotifyOperator', 'WaitForOperatorInput'] as const;
const failurePath = ['RollbackModel', 'WriteFailureHistory', 'NotifyFailure'] as const;
const cancelPath = ['WriteCancelHistory', 'NotifyCancelled'] as const;

/** States that people see; the others only choose or pass on. */
export const shownStates: readonly string[] = [...mainPath, ...retryPath, ...failurePath, ...cancelPath];

function edges(path: readonly string[]): string[] {
  return path.slice(1).map((state, index) => `  ${path[index]} --> ${state}`);
}

/** How Mermaid draws a state by what became of it. */
export const colours = {
  done: 'fill:#d3f2dd,stroke:#1a7f37,color:#0b3d1c',
  current: 'fill:#fff2c2,stroke:#9a6700,color:#3d2900,stroke-width:3px',
  failed: 'fill:#ffd9d6,stroke:#cf222e,color:#4c0d12',
};

/** Last verdict on each state: the current one, those that went well, those that failed. */
function classes(visits: readonly StateVisit[], current: string | null): Record<keyof typeof colours, string[]> {
  const last = new Map(visits.map((visit) => [visit.state, visit.status]));
  const found: Record<keyof typeof colours, string[]> = { done: [], current: [], failed: [] };
  for (const state of shownStates) {
    const status = last.get(state);
    if (state === current) found.current.push(state);
    else if (status === 'failed') found.failed.push(state);
    else if (status !== undefined) found.done.push(state);
  }
  return found;
}

/** The states of the workflow as a Mermaid flow chart, the current one marked; `current` null after the end. */
export function stateGraph(visits: readonly StateVisit[], current: string | null, language: Language): string[] {
  const m = commentMessages[language];
  const seen = new Set(visits.map((visit) => visit.state));
  // An ending is drawn when the run came to it, and the failure path while it may still come.
  const cancelled = cancelPath.some((state) => seen.has(state));
  const drawn = [...mainPath, ...retryPath, ...(cancelled ? cancelPath : failurePath)];
  const marked = classes(visits, current);
  return [
    '```mermaid',
    'flowchart LR',
    ...drawn.map((state) => `  ${state}["${wordFor(m.states, state)}"]`),
    ...edges(mainPath).map((edge) => edge.replace('JudgeResults -->', `JudgeResults -- ${m.status.pass} -->`)),
    `  JudgeResults -- ${m.status.retrain} --> NotifyOperator`,
    ...edges(retryPath),
    '  WaitForOperatorInput --> TrainModel',
    ...(cancelled
      ? edges(cancelPath)
      : [`  JudgeResults -- ${m.status.fail} --> RollbackModel`, ...edges(failurePath)]),
    ...Object.entries(colours).flatMap(([name, colour]) => {
      const states = marked[name as keyof typeof colours].filter((state) => drawn.some((one) => one === state));
      return states.length === 0 ? [] : [`  classDef ${name} ${colour}`, `  class ${states.join(',')} ${name}`];
    }),
    '```',
  ];
}
