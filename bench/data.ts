import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../src/jobs/data/engine.js';
import { prepareSpecOf } from '../src/jobs/testing/prepare-spec.js';
import { program } from '../src/root.js';
import { type Figure, reportFigures, sizeFrom } from './lib/figures.js';

// Data jobs as they run in production, each in its own process, on one CSV of BENCH_DATA_MB (default 1,000):
// CSV to Parquet MB/s, the whole profile with its report MB/s, and the split after it; MB of CSV, wall time, peak memory of the process.

const wantedMb = sizeFrom('BENCH_DATA_MB', 1000);
const bytesARow = 108;
const folder = mkdtempSync(join(tmpdir(), 'dandori-bench-data-'));

/** A table like a customer list: whole numbers, amounts, categories of few and of 500 values, dates, 5 % missing; the same on every machine. */
async function writeCsv(path: string): Promise<void> {
  const engine = await openEngine({ tempDir: folder });
  const pick = (salt: number, modulo: number) => `(hash(i * 31 + ${salt}) % ${modulo})::BIGINT`;
  await engine.run(
    `COPY (SELECT i AS row_no, ${pick(1, 72)} AS tenure, ${pick(2, 10000)} / 100 + 18 AS monthly_charges, ${pick(3, 800000)} / 100 AS total_charges,
      ${pick(4, 1000000)} / 1000.0 AS usage, ${pick(5, 5)} AS plan_no, CASE WHEN ${pick(6, 20)} = 0 THEN NULL ELSE ${pick(7, 80)} END AS age,
      ['Month-to-month', 'One year', 'Two year'][1 + ${pick(8, 3)}] AS contract,
      ['Electronic check', 'Mailed check', 'Bank transfer', 'Credit card'][1 + ${pick(9, 4)}] AS payment_method,
      concat('city_', ${pick(10, 500)}) AS city, ${pick(11, 2)} = 0 AS active, DATE '2020-01-01' + (${pick(12, 1000)})::INTEGER AS since,
      ${pick(13, 1000000)} / 1000.0 AS x1, ${pick(14, 1000000)} / 1000.0 AS x2,
      CASE WHEN ${pick(15, 10)} < 3 THEN 'Yes' ELSE 'No' END AS churn
      FROM range(${Math.ceil((wantedMb * 1e6) / bytesARow)}) t(i)) TO '${path}' (FORMAT csv, HEADER)`,
  );
  engine.close();
}

interface Measured {
  seconds: number;
  /** Seconds until each phase began. */
  phases: Map<string, number>;
  peakMb: number;
}

function peakMemoryMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function runJob(name: string, root: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const phases = new Map<string, number>();
    let peakMb = 0;
    const child = spawn(process.execPath, [program(`jobs/${name}`)], {
      env: { ...process.env, DANDORI_ML_ROOT: root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const poll = setInterval(() => (peakMb = Math.max(peakMb, peakMemoryMb(child.pid))), 100);
    child.stdout.on('data', (chunk: Buffer) => {
      for (const [, phase] of chunk.toString().matchAll(/phase=(\S+)/g)) {
        if (phase !== undefined && !phases.has(phase)) phases.set(phase, (performance.now() - start) / 1000);
      }
    });
    child.on('exit', (code) => {
      clearInterval(poll);
      if (code === 0) resolve({ seconds: (performance.now() - start) / 1000, phases, peakMb });
      else reject(new Error(`${name} ended with ${code}`));
    });
  });
}

const spec = prepareSpecOf({ target: 'churn' });

function rate(name: string, mb: number, seconds: number, more: { least?: number; peakMb?: number }): Figure {
  const peak = more.peakMb === undefined || more.peakMb === 0 ? '' : `, peak ${Math.round(more.peakMb)} MB of memory`;
  const goal = more.least === undefined ? {} : { goal: { least: more.least } };
  return {
    name,
    value: mb / seconds,
    unit: 'MB/s',
    ...goal,
    note: `${Math.round(mb)} MB in ${seconds.toFixed(1)} s${peak}`,
  };
}

try {
  const profileRoot = join(folder, 'profile');
  const raw = join(profileRoot, 'input', 'data', 'raw');
  mkdirSync(raw, { recursive: true });
  await writeCsv(join(raw, 'data.csv'));
  const mb = statSync(join(raw, 'data.csv')).size / 1e6;
  const profiled = await runJob('profile-data', profileRoot);
  const prepareRoot = join(folder, 'prepare');
  for (const channel of ['data', 'spec']) mkdirSync(join(prepareRoot, 'input', 'data', channel), { recursive: true });
  for (const name of ['data.parquet', 'profile.json']) {
    linkSync(join(profileRoot, 'output', 'data', name), join(prepareRoot, 'input', 'data', 'data', name));
  }
  writeFileSync(join(prepareRoot, 'input', 'data', 'spec', 'prepare_spec.json'), JSON.stringify(spec));
  const prepared = await runJob('prepare-data', prepareRoot);
  const bothPeakMb = Math.max(profiled.peakMb, prepared.peakMb);
  reportFigures([
    rate('CSV to Parquet', mb, profiled.phases.get('profiling') ?? profiled.seconds, { least: 150 }),
    rate('CSV to Parquet, profile and report', mb, profiled.seconds, { peakMb: profiled.peakMb }),
    rate('checks and splits', mb, prepared.seconds, { peakMb: prepared.peakMb }),
    rate('whole preparation with report', mb, profiled.seconds + prepared.seconds, { least: 60, peakMb: bothPeakMb }),
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
