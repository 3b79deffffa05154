import { randomBytes } from 'node:crypto';
import type { Database } from '../../../db.js';
import { messageOf } from '../../../errors.js';
import type { MachineDefinition } from '../definition.js';
import { step } from '../interpreter/step.js';
import type { Effect, ExecutionEvent, ExecutionState, HistoryRecord, StepEnvironment } from '../interpreter/types.js';
import { isObject } from '../json.js';
import type { JsonataEvaluator } from '../languages/language.js';
import { noExecution } from './answers.js';
import type { EngineClock, EngineRandom } from './clock.js';
import type { TaskQueueTable } from './queue.js';
import type { ExecutionStore } from './store.js';

/** What a runner is made of. */
export interface RunnerParts {
  db: Database;
  store: ExecutionStore;
  queue: TaskQueueTable;
  clock: EngineClock;
  random: EngineRandom;
  jsonata: JsonataEvaluator;
  onMessage: () => void;
  onChange: (names: ReadonlySet<string>) => void;
  onError: (error: unknown) => void;
}

/** Bytes from the operating system, fetched a page at a time: a call for a few costs as much as one for many. */
function createByteSource(): (count: number) => Uint8Array {
  let page = Buffer.alloc(0);
  return (count) => {
    if (page.length < count) page = randomBytes(Math.max(4096, count));
    const taken = page.subarray(0, count);
    page = page.subarray(count);
    return taken;
  };
}

/** Chance from the operating system. */
export const systemRandom: EngineRandom = { random: () => Math.random(), bytes: createByteSource() };

function uuidFrom(bytes: Uint8Array): string {
  const set = Uint8Array.from(bytes);
  set[6] = ((set[6] ?? 0) & 0x0f) | 0x40;
  set[8] = ((set[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(set).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

// A timer that fails (disk full, say) is tried again after this long.
const retryTimerMs = 1000;
// Timers worked off in one go, so that other work gets its turn.
const timersPerTurn = 100;
// The clock may be set back or forward while a timer runs: look at it at least this often.
const longestSleepMs = 60_000;

type OtherEffect = Exclude<Effect, { kind: 'history' }>;

/** Leaves only the last word on each timer: a cancelled one that is set again costs one write. */
function withoutOverruled(effects: OtherEffect[]): OtherEffect[] {
  const last = new Map<string, OtherEffect>();
  for (const effect of effects) if ('id' in effect) last.set(effect.id, effect);
  return effects.filter((effect) => !('id' in effect) || last.get(effect.id) === effect);
}

/** Moves executions: each event becomes one step of the interpreter, committed with all its effects in one transaction. */
export class Runner {
  readonly #parts: RunnerParts;
  #cancelTimer: (() => void) | null = null;
  #armedFor = Infinity;
  /** When the first of the timers is due that were set since the last look. */
  #soonest = Infinity;
  #running = false;
  /** Executions that moved since the pollers were last woken. */
  #moved = new Set<string>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** An unguessable text of `bytes` random bytes. */
  id(bytes: number): string {
    return Buffer.from(this.#parts.random.bytes(bytes)).toString('base64url');
  }

  #environment(): StepEnvironment {
    const { clock, random, jsonata } = this.#parts;
    return {
      nowMs: clock.now(),
      random: () => random.random(),
      uuid: () => uuidFrom(random.bytes(16)),
      // The time before the 32 random bytes keeps new tokens side by side in the index.
      token: () => `${clock.now().toString(36)}.${this.id(32)}`,
      jsonata,
      region: 'local',
    };
  }

  /** One event for a stored execution; `not_found` for an unknown one. */
  transition(name: string, event: ExecutionEvent): void {
    const { db, store } = this.#parts;
    db.transaction(() => {
      const stored = store.load(name);
      if (stored === null) throw noExecution(name);
      this.commit(stored.machine, stored.state, event);
    });
  }

  /** One step, inside the caller's transaction: new state, history, timers, tokens and messages. */
  commit(machine: MachineDefinition, before: ExecutionState, event: ExecutionEvent): void {
    const { state, effects } = this.#step(machine, before, event);
    // Nothing happened (a repeated stop, a timer that no longer fits): nothing is written.
    if (effects.length > 0) {
      // A heartbeat moves a timer and nothing else.
      if (event.type !== 'task_heartbeat') this.#parts.store.save(state);
      const { name, redriveCount } = state.execution;
      if (event.type === 'redrive') this.#parts.store.reopen(name, redriveCount);
      const records: HistoryRecord[] = [];
      const others: OtherEffect[] = [];
      for (const effect of effects) {
        if (effect.kind === 'history') records.push(effect.record);
        else others.push(effect);
      }
      this.#parts.store.appendHistory(name, records, state.status !== 'RUNNING');
      for (const effect of withoutOverruled(others)) this.#apply(name, effect);
    }
    this.#afterCommit(state.execution.name);
  }

  #step(machine: MachineDefinition, before: ExecutionState, event: ExecutionEvent): ReturnType<typeof step> {
    const environment = this.#environment();
    try {
      return step(machine, before, event, environment);
    } catch (error) {
      // A mistake of ours must end this execution, not stop the engine at the same place for ever.
      this.#parts.onError(error);
      return step(machine, before, { type: 'fail', cause: messageOf(error) }, environment);
    }
  }

  #apply(name: string, effect: OtherEffect): void {
    const { store, queue, clock } = this.#parts;
    if (effect.kind === 'set_timer') {
      store.setTimer(name, effect.id, effect.dueAtMs);
      this.#soonest = Math.min(this.#soonest, effect.dueAtMs);
    } else if (effect.kind === 'cancel_timer') store.cancelTimer(name, effect.id);
    else if (effect.kind === 'ended') store.end(name, effect, clock.now());
    else if (effect.kind === 'close_token') {
      store.closeToken(effect.token, effect.reason);
      queue.dropFor(effect.token);
    } else {
      const request = effect.arguments;
      queue.send(isObject(request) ? (request['MessageBody'] ?? null) : null);
      store.openToken(effect.token, name);
    }
  }

  /** Wakes pollers and timers in a microtask: a surrounding transaction has ended by then. */
  #afterCommit(name: string): void {
    const isQueued = this.#moved.size > 0;
    this.#moved.add(name);
    if (isQueued) return;
    queueMicrotask(() => {
      const moved = this.#moved;
      this.#moved = new Set();
      if (!this.#running) return;
      this.#parts.queue.wake();
      this.#parts.onMessage();
      this.#parts.onChange(moved);
      this.#arm(this.#soonest);
    });
  }

  /** Sees to it that timers are looked at by then; one that is cancelled meanwhile is looked for in vain, which costs less. */
  #arm(dueAtMs: number): void {
    this.#soonest = Infinity;
    if (!this.#running || dueAtMs >= this.#armedFor) return;
    this.#cancelTimer?.();
    this.#armedFor = dueAtMs;
    const delayMs = Math.min(dueAtMs - this.#parts.clock.now(), longestSleepMs);
    this.#cancelTimer = this.#parts.clock.setTimer(Math.max(0, delayMs), () => this.#fire());
  }

  #fire(): void {
    this.#cancelTimer = null;
    this.#armedFor = Infinity;
    if (!this.#running) return;
    const { db, store, clock } = this.#parts;
    try {
      for (let count = 0; count < timersPerTurn; count += 1) {
        const timer = store.nextTimer();
        if (timer === null || timer.dueAtMs > clock.now()) break;
        db.transaction(() => {
          store.cancelTimer(timer.execution, timer.id);
          this.transition(timer.execution, { type: 'timer', id: timer.id });
        });
      }
      this.#arm(store.nextTimer()?.dueAtMs ?? Infinity);
    } catch (error) {
      this.#parts.onError(error);
      this.#cancelTimer = clock.setTimer(retryTimerMs, () => this.#fire());
    }
  }

  /** Arms the next timer; what became due while nobody ran goes off now. */
  start(): void {
    this.#running = true;
    this.#arm(this.#parts.store.nextTimer()?.dueAtMs ?? Infinity);
  }

  /** Stops the timers. */
  close(): void {
    this.#running = false;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
