import type { Job } from '../job-context.js';
import type { DataEngine } from './engine.js';

/** Prints the progress of the queries of `body` twice a second, scaled to `from`..`to` percent of the job. */
export async function watchQuery<T>(
  job: Job,
  engine: DataEngine,
  span: { phase: string; from: number; to: number },
  body: () => Promise<T>,
): Promise<T> {
  let last = span.from;
  const timer = setInterval(() => {
    const percent = engine.percent();
    if (percent === null) return;
    const now = span.from + (span.to - span.from) * Math.min(1, percent / 100);
    // A second query in the same phase starts at 0 again: progress never goes back.
    if (now < last + 0.5) return;
    last = now;
    job.progress({ percent: now, phase: span.phase });
  }, 500);
  try {
    return await body();
  } finally {
    clearInterval(timer);
  }
}
