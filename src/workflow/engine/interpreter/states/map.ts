import type { StateDefinition } from '../../definition.js';
import { runtimeFailure, StateFailure, type Failure } from '../../failure.js';
import { isObject, toJson, type JsonObject } from '../../json.js';
import { abortBelow, abortThread, checkSize, exit, failState, spawn } from '../flow.js';
import { append, queryLanguage, scopeOf, type StateHandler, type Turn } from '../turn.js';
import type { Children, Thread } from '../types.js';

/** AWS runs at most 40 iterations of an inline Map at once, however high MaxConcurrency is. */
const inlineConcurrency = 40;
const distributedConcurrency = 10_000;

/** Is it a Distributed Map, whose iterations are executions of their own? */
function isDistributed(state: StateDefinition): boolean {
  return (state.ItemProcessor ?? state.Iterator)?.ProcessorConfig?.Mode === 'DISTRIBUTED';
}

function numberField(
  turn: Turn,
  thread: Thread,
  state: StateDefinition,
  name: string,
  kind: 'integer' | 'float',
  input: unknown,
): number {
  const scope = scopeOf(turn, thread, state);
  const value = queryLanguage(turn, state).field(scope, state, name, input);
  if (value === undefined) return 0;
  const path = state[`${name}Path`];
  // A path may lead to a number in a string; a literal may not.
  const number = typeof path === 'string' && typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number) || (kind === 'integer' && !Number.isInteger(number))) {
    const shown = typeof value === 'string' ? value : toJson(value);
    throw runtimeFailure(
      `The ${name}${typeof path === 'string' ? 'Path' : ''} field refers to value "${shown}" which is not a valid ${kind}: ${String(path ?? state[name])}`,
    );
  }
  return number;
}

function itemsOf(turn: Turn, thread: Thread, state: StateDefinition, input: unknown): unknown[] {
  const reader = state['ItemReader'];
  const language = queryLanguage(turn, state);
  const scope = scopeOf(turn, thread, state);
  if (isObject(reader)) {
    const template = reader['Arguments'] ?? reader['Parameters'] ?? {};
    const config = isObject(reader['ReaderConfig']) ? reader['ReaderConfig'] : {};
    const request = language.template(scope, template, 'ItemReader/Arguments', input);
    const maxItems = language.field(scope, config, 'MaxItems', input);
    if (turn.env.readItems === undefined)
      throw new StateFailure('States.ItemReaderFailed', 'Reading items from outside is not yet supported, planned.', {
        framed: false,
      });
    return turn.env.readItems({ ...reader, ReaderConfig: { ...config, MaxItems: maxItems } }, request);
  }
  const items = language.items(scope, input);
  if (Array.isArray(items)) return items;
  if (state.QueryLanguage === 'JSONata' || turn.machine.QueryLanguage === 'JSONata') {
    throw new StateFailure('States.QueryEvaluationError', `Map state input must be an array but was: ${toJson(items)}`);
  }
  const path = state['ItemsPath'];
  // AWS quotes a path into the context object with one `$` only.
  const shown = typeof path === 'string' ? path.replace(/^\$\$/, () => '$') : '$';
  throw runtimeFailure(`Reference path "${shown}" must point to array.`);
}

function batches(turn: Turn, thread: Thread, state: StateDefinition, items: unknown[], input: unknown): unknown[] {
  const batcher = state['ItemBatcher'];
  if (!isObject(batcher)) return items;
  const language = queryLanguage(turn, state);
  const scope = scopeOf(turn, thread, state);
  const size = language.field(scope, batcher, 'MaxItemsPerBatch', input);
  const wanted = Number(size ?? 0);
  const most = Number.isInteger(wanted) && wanted > 0 ? wanted : Math.max(1, items.length);
  const extra =
    batcher['BatchInput'] === undefined
      ? null
      : language.template(scope, batcher['BatchInput'], 'ItemBatcher/BatchInput', input);
  const made: unknown[] = [];
  for (let at = 0; at < items.length; at += most) {
    const batch: JsonObject = { Items: items.slice(at, at + most) };
    made.push(extra === null ? batch : { BatchInput: extra, ...batch });
  }
  return made;
}

function itemInput(
  turn: Turn,
  thread: Thread,
  state: StateDefinition,
  index: number,
  value: unknown,
  input: unknown,
): unknown {
  const template = state['ItemSelector'] ?? state.Parameters;
  if (template === undefined) return value;
  const scope = scopeOf(turn, thread, state);
  scope.context['Map'] = { Item: { Index: index, Value: value } };
  return queryLanguage(turn, state).template(scope, template, 'ItemSelector', input);
}

function startMore(turn: Turn, thread: Thread, state: StateDefinition): void {
  const { children } = thread;
  if (children === undefined) return;
  const distributed = isDistributed(state);
  while (children.nextIndex < children.total && children.running.length < children.concurrency) {
    const index = children.nextIndex;
    children.nextIndex += 1;
    const prepared = children.items[index];
    if (!isObject(prepared)) return;
    const child = spawn(turn, thread, {
      index,
      container: [...thread.container, thread.stateName, 0],
      input: prepared['input'],
      silent: thread.silent || distributed,
      mapItem: { index, value: prepared['value'] },
    });
    children.running.push(child.id);
    append(turn, child, 'MapIterationStarted', { mapIterationStartedEventDetails: { name: thread.stateName, index } });
  }
}

function complete(turn: Turn, thread: Thread, state: StateDefinition, children: Children): void {
  if (isDistributed(state)) append(turn, thread, 'MapRunSucceeded', {});
  const result = children.results;
  checkSize(turn, thread, result);
  append(turn, thread, 'MapStateSucceeded', {});
  exit(turn, thread, state, queryLanguage(turn, state).produce(scopeOf(turn, thread, state), result));
}

function failRun(turn: Turn, thread: Thread, failure: Failure): void {
  const details: JsonObject = {};
  if (failure.error !== null) details['error'] = failure.error;
  if (failure.cause !== null) details['cause'] = failure.cause;
  append(turn, thread, 'MapRunFailed', { mapRunFailedEventDetails: details });
}

function toleranceOf(
  turn: Turn,
  thread: Thread,
  state: StateDefinition,
  input: unknown,
): Pick<Children, 'toleratedCount' | 'toleratedPercentage'> {
  const toleratedCount = numberField(turn, thread, state, 'ToleratedFailureCount', 'integer', input);
  if (toleratedCount < 0) throw runtimeFailure('ToleratedFailureCount cannot be negative.');
  const toleratedPercentage = numberField(turn, thread, state, 'ToleratedFailurePercentage', 'float', input);
  if (toleratedPercentage < 0 || toleratedPercentage > 100) {
    throw runtimeFailure('ToleratedFailurePercentage must be between 0 and 100.');
  }
  if (toleratedCount > 0) turn.env.inspect?.('toleratedFailureCount', toleratedCount);
  if (toleratedPercentage > 0) turn.env.inspect?.('toleratedFailurePercentage', toleratedPercentage);
  return { toleratedCount, toleratedPercentage };
}

function begin(turn: Turn, thread: Thread, state: StateDefinition): void {
  const language = queryLanguage(turn, state);
  const distributed = isDistributed(state);
  const input = language.effectiveInput(scopeOf(turn, thread, state));
  const concurrency = numberField(turn, thread, state, 'MaxConcurrency', 'integer', input);
  const reads = isObject(state['ItemReader']);
  const early = reads ? [] : itemsOf(turn, thread, state, input);
  turn.env.inspect?.('afterItemsPath', early);
  turn.env.inspect?.('maxConcurrency', concurrency);
  append(turn, thread, 'MapStateStarted', { mapStateStartedEventDetails: { length: early.length } });
  const tolerance = toleranceOf(turn, thread, state, input);
  if (distributed) {
    const mapRunArn = `${turn.state.stateMachine.id.replace(':stateMachine:', ':mapRun:')}/${thread.stateName}:${turn.env.uuid()}`;
    append(turn, thread, 'MapRunStarted', { mapRunStartedEventDetails: { mapRunArn } });
  }
  const items = reads ? itemsOf(turn, thread, state, input) : early;
  const prepared = items.map((value, index) => ({ value, input: itemInput(turn, thread, state, index, value, input) }));
  const batched = batches(
    turn,
    thread,
    state,
    prepared.map((item) => item.input),
    input,
  );
  const isBatched = isObject(state['ItemBatcher']);
  const most = distributed ? distributedConcurrency : inlineConcurrency;
  thread.phase = 'children';
  thread.children = {
    results: batched.map(() => null),
    running: [],
    nextIndex: 0,
    total: batched.length,
    failed: 0,
    items: isBatched ? batched.map((batch) => ({ value: batch, input: batch })) : prepared,
    concurrency: concurrency > 0 ? Math.min(concurrency, most) : most,
    ...tolerance,
  };
  startMore(turn, thread, state);
  if (batched.length === 0) complete(turn, thread, state, thread.children);
}

/** How many failures a Distributed Map bears: the larger of count and percentage, as AWS adds neither. */
export function tolerates(children: Children): boolean {
  const share = (children.failed / children.total) * 100;
  const byCount = children.toleratedCount > 0 && children.failed <= children.toleratedCount;
  const byShare = children.toleratedPercentage > 0 && share <= children.toleratedPercentage;
  return byCount || byShare;
}

/** Map: one iteration an item; inline iterations share this history, distributed ones keep their own. */
export const mapHandler: StateHandler = {
  start(turn, thread, state) {
    try {
      begin(turn, thread, state);
    } catch (problem) {
      if (!(problem instanceof StateFailure)) throw problem;
      if (problem.error === 'States.ItemReaderFailed') {
        const failure = { error: problem.error, cause: problem.message };
        failRun(turn, thread, failure);
        failState(turn, thread, failure, 'MapStateFailed');
      } else throw problem;
    }
  },
  childSucceeded(turn, thread, state, child, output) {
    const { children } = thread;
    append(turn, child, 'MapIterationSucceeded', {
      mapIterationSucceededEventDetails: { name: thread.stateName, index: child.index },
    });
    delete turn.state.threads[child.id];
    if (children === undefined) return;
    children.results[child.index] = output;
    children.running = children.running.filter((id) => id !== child.id);
    thread.lastEventId = Math.max(thread.lastEventId, child.lastEventId);
    startMore(turn, thread, state);
    if (children.running.length === 0) complete(turn, thread, state, children);
  },
  childFailed(turn, thread, state, child, failure) {
    const { children } = thread;
    if (children === undefined) return;
    const name = thread.stateName;
    append(turn, child, 'MapIterationFailed', { mapIterationFailedEventDetails: { name, index: child.index } });
    children.running = children.running.filter((id) => id !== child.id);
    children.failed += 1;
    abortThread(turn, child);
    const distributed = isDistributed(state);
    if (distributed && tolerates(children)) {
      children.results[child.index] = toleratedResult(failure);
      startMore(turn, thread, state);
      if (children.running.length === 0) complete(turn, thread, state, children);
      return;
    }
    abortBelow(turn, thread, (other) => {
      append(turn, other, 'MapIterationAborted', { mapIterationAbortedEventDetails: { name, index: other.index } });
    });
    const whole: Failure =
      distributed && (children.toleratedCount > 0 || children.toleratedPercentage > 0)
        ? {
            error: 'States.ExceedToleratedFailureThreshold',
            cause: 'The specified tolerated failure threshold was exceeded',
          }
        : failure;
    if (distributed) failRun(turn, thread, whole);
    failState(turn, thread, whole, 'MapStateFailed');
  },
};

function toleratedResult(failure: Failure): JsonObject {
  return { Error: failure.error, Cause: failure.cause };
}
