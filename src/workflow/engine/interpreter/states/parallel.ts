import { checkSize, exit, failState, spawn, abortBelow, abortThread } from '../flow.js';
import { append, queryLanguage, scopeOf, type StateHandler } from '../turn.js';

/** Parallel: every branch gets the same input; the result is the list of their outputs; the first failure ends all. */
export const parallelHandler: StateHandler = {
  start(turn, thread, state) {
    const language = queryLanguage(turn, state);
    const scope = scopeOf(turn, thread, state);
    const input = language.taskArguments(scope, language.effectiveInput(scope));
    const branches = state.Branches ?? [];
    thread.phase = 'children';
    thread.children = {
      results: branches.map(() => null),
      running: [],
      nextIndex: branches.length,
      total: branches.length,
      failed: 0,
      items: [],
      concurrency: 0,
      toleratedCount: 0,
      toleratedPercentage: 0,
    };
    append(turn, thread, 'ParallelStateStarted', {});
    for (const index of branches.keys()) {
      const container = [...thread.container, thread.stateName, index];
      thread.children.running.push(spawn(turn, thread, { index, container, input, silent: thread.silent }).id);
    }
  },
  childSucceeded(turn, thread, state, child, output) {
    const { children } = thread;
    delete turn.state.threads[child.id];
    if (children === undefined) return;
    children.results[child.index] = output;
    children.running = children.running.filter((id) => id !== child.id);
    if (children.running.length > 0) return;
    thread.lastEventId = child.lastEventId;
    checkSize(turn, thread, children.results);
    append(turn, thread, 'ParallelStateSucceeded', {});
    exit(turn, thread, state, queryLanguage(turn, state).produce(scopeOf(turn, thread, state), children.results));
  },
  childFailed(turn, thread, _state, child, failure) {
    const { children } = thread;
    if (children !== undefined) children.running = children.running.filter((id) => id !== child.id);
    abortThread(turn, child);
    abortBelow(turn, thread);
    failState(turn, thread, failure, 'ParallelStateFailed');
  },
};
