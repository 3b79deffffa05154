/** What is to be ended and removed however the benchmark ends: at its end, by an error, by SIGINT or SIGTERM. */
const endings: (() => Promise<void> | void)[] = [];
let ending: Promise<void> | null = null;

/** Has `body` run at the end, before what was named earlier. When the end has begun it is run at once, and an error stops the caller. */
export function atEnd(body: () => Promise<void> | void): void {
  if (ending !== null) {
    void body();
    throw new Error('The benchmark is ending.');
  }
  endings.push(body);
}

async function endAll(): Promise<void> {
  for (let body = endings.pop(); body !== undefined; body = endings.pop()) {
    try {
      await body();
    } catch (error) {
      console.error(error);
    }
  }
}

/** Ends everything; resolves when it is done, also for a second caller. */
export function end(): Promise<void> {
  ending ??= endAll();
  return ending;
}

/** Ends everything at a signal, or when the process that wants the figures is gone. */
export function endOnSignals(): void {
  const leave = (code: number) => () => void end().then(() => process.exit(code));
  process.once('SIGINT', leave(130)).once('SIGTERM', leave(143));
  if (process.send !== undefined) process.once('disconnect', leave(0));
}
