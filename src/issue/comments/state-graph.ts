import type { Language } from '../../contracts/request.js';
import { commentMessages, wordFor } from '../../messages/comments.js';

/** One visit of a state, in order. */
export interface StateVisit {
  state: string;
  status: 'running' | 'succeeded' | 'failed';
}

const trainPath = [
  'OptimizeWorkflow',
  'WaitForOptimizationApproval',
  'PrepareData',
  'TrainModel',
  'EvaluateModel',
  'JudgeResults',
] as const;
const servePath = ['PackageModel', 'DeployModel', 'StartMonitoring', 'WriteHistory', 'NotifySuccess'] as const;
const retryPath = ['NotifyOperator', 'WaitForOperatorInput'] as const;
const failurePath = ['RollbackModel', 'WriteFailureHistory', 'NotifyFailure'] as const;
const cancelPath = ['WriteCancelHistory', 'NotifyCancelled'] as const;

/** States that people see; the others only choose or pass on. */
export const shownStates: readonly string[] = [...trainPath, ...servePath, ...retryPath, ...failurePath, ...cancelPath];

/** A row of the chart. Its own direction counts only while edges end at the row, not at a state in it. */
function row(name: string, path: readonly string[], words: Readonly<Record<string, string>>): string[] {
  return [
    `  subgraph ${name}[" "]`,
    '    direction LR',
    ...path.map((state) => `    ${state}["${wordFor(words, state)}"]`),
    ...path.slice(1).map((state, index) => `    ${path[index]} --> ${state}`),
    '  end',
  ];
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

/**
 * The states of the workflow as a Mermaid flow chart, the current one marked; `current` null after the end. Rows, since one
 * line of all states is too small to read in a comment; asking the operator and the bad endings are drawn once the run came there.
 */
export function stateGraph(visits: readonly StateVisit[], current: string | null, language: Language): string[] {
  const m = commentMessages[language];
  const seen = new Set(visits.map((visit) => visit.state));
  const came = (path: readonly string[]): boolean => path.some((state) => seen.has(state) || state === current);
  const rows = [
    { name: 'train', path: trainPath, edges: [] },
    { name: 'ask', path: retryPath, edges: [`train -- ${m.status.retrain} --> ask`, 'ask --> train'] },
    { name: 'serve', path: servePath, edges: [`train -- ${m.status.pass} --> serve`] },
    { name: 'failure', path: failurePath, edges: [`train -- ${m.status.fail} --> failure`] },
    { name: 'cancelled', path: cancelPath, edges: ['train --> cancelled'] },
  ].filter(
    ({ name, path }) => name === 'train' || came(path) || (name === 'serve' && !came(failurePath) && !came(cancelPath)),
  );
  const drawn = rows.flatMap(({ path }): readonly string[] => path);
  return [
    '```mermaid',
    'flowchart TB',
    ...rows.flatMap(({ name, path }) => row(name, path, m.states)),
    ...rows.flatMap(({ edges }) => edges.map((edge) => `  ${edge}`)),
    '  classDef row fill:none,stroke:none',
    `  class ${rows.map(({ name }) => name).join(',')} row`,
    ...Object.entries(classes(visits, current)).flatMap(([name, marked]) => {
      const states = marked.filter((state) => drawn.includes(state));
      const colour = colours[name as keyof typeof colours];
      return states.length === 0 ? [] : [`  classDef ${name} ${colour}`, `  class ${states.join(',')} ${name}`];
    }),
    '```',
  ];
}
