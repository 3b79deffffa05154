/**
 * The same work for every engine, driven by the same code: a run is a chain of steps whose bodies do nothing and return the
 * same JSON; a waiting run is one that waits for an answer from outside. An engine is opened in a process of its own, which
 * takes its orders from `bench/engine.ts`.
 */

/** What one engine must be able to do; all promises resolve when the named thing is on the disk. */
export interface BenchedEngine {
  /** The mode of its storage, read back from it where it can be asked. */
  mode: string;
  /** Starts a run of `stepsPerRun` steps; resolves at its end. */
  run(id: string): Promise<void>;
  /** Starts runs that wait; resolves when all of them wait. */
  wait(ids: readonly string[]): Promise<void>;
  /** Answers a waiting run, also one of an earlier process; resolves at its end. */
  answer(id: string): Promise<void>;
  /** From here on the engine works by itself as it does in a server: its own polls, beats and timers. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Where and how an engine is opened. */
export interface Place {
  /** A file path (SQLite), or the address of a database (PostgreSQL). */
  database: string;
  /** False while the waiting runs are made, which nobody measures: commits without fsync. */
  durable: boolean;
  /** Runs at once at most. */
  atOnce: number;
  /** To be called first thing in the body of every step. */
  onStep: (id: string) => void;
}

export const stepsPerRun = 10;

/** What every step returns: about 500 bytes of JSON, keys and figures as tasks return them. */
export const stepResult = {
  model_key: 'trainings/train-20261104-7f3a9c/2/0/model/model.onnx',
  sha256: '9b1f5d0c7e3a48f2b6d4c1e09a7758f3d21c6be4870f95a3ce42d8b7061fa93e',
  metrics: { roc_auc: 0.84732164, log_loss: 0.41278935, f1: 0.61904762, precision: 0.65116279, recall: 0.58992806 },
  confusion: [
    [690, 87],
    [121, 159],
  ],
  rows: { train: 4930, validation: 1056, test: 1057 },
  seconds: 41.83,
  important: ['contract', 'tenure_months', 'monthly_charges', 'internet_service', 'payment_method'],
};

/** What a waiting run is answered with. */
export const answerValue = { decision: 'approved', by: 'someone', note: 'go on' };

export type Order =
  | { do: 'open'; database: string; durable: boolean; atOnce: number }
  | { do: 'run'; prefix: string; runs: number; atOnce: number }
  | { do: 'wait'; runs: number }
  | { do: 'answer'; run: number }
  | { do: 'idle' }
  | { do: 'usage' }
  | { do: 'close' };

export interface Opened {
  mode: string;
  node: string;
}

/** Steps/s over everything from the first start to the last end; times in ms from the body of a step to the body of the next. */
export interface RunResult {
  perSecond: number;
  latenciesMs: number[];
}

/** Processor time since the start of the process, and resident memory. */
export interface Usage {
  cpuMs: number;
  memoryMb: number;
}

const waitingId = (n: number): string => `train-wait-${String(n).padStart(6, '0')}`;

async function runMany(engine: BenchedEngine, steps: StepTimes, order: Order & { do: 'run' }): Promise<RunResult> {
  let next = 0;
  steps.reset();
  const loop = async (): Promise<void> => {
    while (next < order.runs) await engine.run(`train-${order.prefix}-${String(next++).padStart(6, '0')}`);
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: order.atOnce }, loop));
  const seconds = (performance.now() - startMs) / 1000;
  return { perSecond: (order.runs * stepsPerRun) / seconds, latenciesMs: steps.latenciesMs };
}

/** Times between the steps of each run. */
class StepTimes {
  readonly #lastMs = new Map<string, number>();
  latenciesMs: number[] = [];

  onStep = (id: string): void => {
    const nowMs = performance.now();
    const lastMs = this.#lastMs.get(id);
    if (lastMs !== undefined) this.latenciesMs.push(nowMs - lastMs);
    this.#lastMs.set(id, nowMs);
  };

  reset(): void {
    this.#lastMs.clear();
    this.latenciesMs = [];
  }
}

type OpenEngine = (place: Place) => Promise<BenchedEngine>;

function createServant(open: OpenEngine): (order: Order) => Promise<unknown> {
  const steps = new StepTimes();
  let engine: BenchedEngine | null = null;
  const opened = (): BenchedEngine => {
    if (engine === null) throw new Error('No engine is open.');
    return engine;
  };
  return async (order) => {
    if (order.do === 'open') {
      const { database, durable, atOnce } = order;
      engine = await open({ database, durable, atOnce, onStep: steps.onStep });
      return { mode: engine.mode, node: process.versions.node } satisfies Opened;
    }
    if (order.do === 'run') return runMany(opened(), steps, order);
    if (order.do === 'wait') return opened().wait(Array.from({ length: order.runs }, (_, n) => waitingId(n)));
    if (order.do === 'answer') return opened().answer(waitingId(order.run));
    if (order.do === 'idle') return opened().idle();
    if (order.do === 'close') return opened().close();
    const cpu = process.cpuUsage();
    return { cpuMs: (cpu.user + cpu.system) / 1000, memoryMb: process.memoryUsage().rss / 2 ** 20 } satisfies Usage;
  };
}

/** Takes orders from the parent process until it hangs up. */
export function serveEngine(open: OpenEngine): void {
  const serve = createServant(open);
  process.on('message', (order: Order) => {
    serve(order).then(
      (result) => process.send?.({ result: result ?? null }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ result: 'ready' });
}
