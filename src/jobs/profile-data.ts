import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataProfile } from '../contracts/data.js';
import { DandoriError } from '../errors.js';
import { language } from '../contracts/request.js';
import { openEngine, type DataEngine } from './data/engine.js';
import { fileDigest, inBackground } from './data/file-digest.js';
import { countDuplicates, profileColumns } from './data/profile-columns.js';
import { datasetChecks, qualityMarkdown, reportOf } from './data/quality.js';
import { openSource } from './data/source.js';
import { suggestExpectations } from './data/suggest-expectations.js';
import { toParquet } from './data/to-parquet.js';
import { watchQuery } from './data/watch-query.js';
import { isMain } from './is-main.js';
import { runJob, type Job } from './job-context.js';

const defaultMaxBytes = 20_000_000_000;

function rawFile(job: Job): string {
  const [name, ...more] = job.channelFiles('raw');
  if (name !== undefined && more.length === 0) return name;
  throw new DandoriError('invalid_input', 'The channel "raw" of the profile job must hold one file.', {
    found: name === undefined ? 'none' : [name, ...more].join(', '),
  });
}

async function profile(job: Job, engine: DataEngine): Promise<void> {
  const name = rawFile(job);
  const fileName = job.hyperparameters['file_name'] ?? name;
  const words = language.catch('en').parse(job.hyperparameters['language']);
  const maxBytes = Number(job.hyperparameters['max_bytes'] ?? defaultMaxBytes);
  job.progress({ percent: 0, phase: 'reading' });
  const source = await openSource({ path: job.channelFile('raw', name), fileName, tempDir: job.tempDir, maxBytes });
  const target = join(job.outputDir, 'data.parquet');
  const rows = await watchQuery(job, engine, { phase: 'reading', from: 0, to: 55 }, () =>
    toParquet(engine, source, job.tempDir, target),
  );
  // Beside the queries: this thread only waits for them.
  const digest = inBackground(fileDigest(target));
  job.progress({ percent: 55, phase: 'profiling', rows });
  const columns = await profileColumns(engine, target, rows, (share) =>
    job.progress({ percent: 55 + share * 30, phase: 'profiling', rows }),
  );
  job.progress({ percent: 85, phase: 'duplicates', rows });
  const duplicateRows = await countDuplicates(engine, target, rows, columns);
  job.progress({ percent: 95, phase: 'writing', rows });
  const document = dataProfile.parse({
    format: 1,
    source: { file_name: fileName, format: source.format, bytes: source.bytes },
    rows,
    duplicate_rows: duplicateRows,
    content_digest: await digest,
    columns,
  });
  const report = reportOf(document, datasetChecks(document, words));
  const write = (file: string, json: unknown) =>
    writeFileSync(join(job.outputDir, file), `${JSON.stringify(json, null, 2)}\n`);
  write('profile.json', document);
  write('quality_report.json', report);
  write('expectations.json', suggestExpectations(document));
  writeFileSync(join(job.outputDir, 'quality_report.md'), qualityMarkdown(report, columns, words));
  job.progress({
    percent: 100,
    phase: 'done',
    rows,
    warnings: report.checks.filter(({ status }) => status === 'warn').length,
  });
}

/**
 * The profile-data job: the one file of the channel `raw` becomes `data.parquet` (typed, in the order of the file), `profile.json`,
 * `quality_report.json`, `quality_report.md` and a suggested `expectations.json`. Hyperparameters: `file_name`, `language`, `max_bytes`, `memory_limit_mb`.
 */
export async function profileData(job: Job): Promise<void> {
  const memory = Number(job.hyperparameters['memory_limit_mb'] ?? '');
  const engine = await openEngine({ tempDir: job.tempDir, ...(memory > 0 ? { memoryLimitMb: memory } : {}) });
  try {
    await profile(job, engine);
  } finally {
    engine.close();
  }
}

if (isMain(import.meta.url)) await runJob(profileData);
