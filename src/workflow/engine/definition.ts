import type { JsonObject } from './json.js';

/** The query languages of Amazon States Language. */
export type QueryLanguageName = 'JSONPath' | 'JSONata';

export type StateType = 'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

/** One retrier of a state's `Retry`. */
export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'NONE' | 'FULL';
}

/** One catcher of a state's `Catch`. */
export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  ResultPath?: string | null;
  Assign?: JsonObject;
  Output?: unknown;
}

/** A state as it stands in the definition; fields that only some types have are read by those types' handlers. */
export interface StateDefinition {
  [field: string]: unknown;
  Type: StateType;
  QueryLanguage?: QueryLanguageName;
  Next?: string;
  End?: boolean;
  InputPath?: string | null;
  OutputPath?: string | null;
  ResultPath?: string | null;
  Parameters?: unknown;
  ResultSelector?: unknown;
  Assign?: JsonObject;
  Retry?: Retrier[];
  Catch?: Catcher[];
  Resource?: string;
  Choices?: JsonObject[];
  Default?: string;
  Branches?: StatesContainer[];
  Iterator?: StatesContainer;
  ItemProcessor?: StatesContainer;
}

/** A set of states with a start: the machine, a branch of Parallel or the processor of a Map. */
export interface StatesContainer {
  StartAt: string;
  States: Record<string, StateDefinition>;
  QueryLanguage?: QueryLanguageName;
  ProcessorConfig?: { Mode?: 'INLINE' | 'DISTRIBUTED'; ExecutionType?: 'STANDARD' | 'EXPRESS' };
}

/** A whole definition in Amazon States Language. */
export interface MachineDefinition extends StatesContainer {
  Comment?: string;
  Version?: string;
  TimeoutSeconds?: number;
}

/** Where a states container stands: [] for the machine, else state name and branch number of each level, e.g. ['Fork', 1]. */
export type ContainerPath = (string | number)[];

/** The container at `path`; a Map has one container, number 0. */
export function containerAt(machine: MachineDefinition, path: ContainerPath): StatesContainer {
  let container: StatesContainer = machine;
  for (let at = 0; at < path.length; at += 2) {
    const state = stateIn(container, String(path[at]));
    const inner = state.Branches?.[Number(path[at + 1])] ?? state.ItemProcessor ?? state.Iterator;
    if (inner === undefined) throw new Error(`The definition has no states at ${path.join('/')}.`);
    container = inner;
  }
  return container;
}

/** The named state of a container. */
export function stateIn(container: StatesContainer, name: string): StateDefinition {
  const state = Object.hasOwn(container.States, name) ? container.States[name] : undefined;
  if (state === undefined) throw new Error(`The definition has no state "${name}".`);
  return state;
}

/** The query language that holds for a state. */
export function languageOf(machine: MachineDefinition, state: StateDefinition): QueryLanguageName {
  return state.QueryLanguage ?? machine.QueryLanguage ?? 'JSONPath';
}
