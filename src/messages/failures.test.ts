import { describe, expect, it } from 'vitest';
import { DandoriError, errorCodes } from '../errors.js';
import { fileMessages } from '../jobs/data/file-messages.js';
import { jobMessages } from '../jobs/job-messages.js';
import { renderFailure } from '../issue/comments/failure.js';
import { taskFailure } from '../workflow/task-errors.js';
import { failure, type FailureText, quotedInJapanese, textOf } from './failures.js';
import { jobReasons, type JobReasons } from './job-reasons.js';
import { orderFailures } from './order-failures.js';
import { runFailures } from './run-failures.js';

/** Parameters for every text of a catalogue, several where it speaks in several ways. */
type Samples<T> = { [K in keyof T]: T[K] extends (params: infer P) => FailureText ? readonly P[] : never };

const file = 'loans.csv';
const line = 7;
const why = 'ENOSPC';
const served = { version: '1.2.0', trainingId: 'train-b' };
const release = { modelName: 'loans', version: '1.2.0', endpointName: 'loans-staging' };
const counts = { train: 30, validation: 5, test: 0 };

const ofRuns: Samples<typeof runFailures> = {
  job: (['file', 'data', 'training'] as const).flatMap((subject) =>
    ['disk', 'program'].map((kind) => ({ subject, trainingId: 'train-a', reason: jobReasons.ja.tooLong(60), kind })),
  ),
  evaluation: [
    { jobName: 'train-a/EvaluateModel/1/0', reason: jobReasons.ja.stopped, next: true },
    { jobName: 'train-a/EvaluateModel/1/0', reason: jobReasons.ja.stopped, next: false },
  ],
  noDataset: [
    { datasetId: 'loans', known: [] },
    { datasetId: 'loans', known: ['loan'] },
  ],
  noDatasetVersion: [{ datasetId: 'loans', version: '9.0.0', known: ['1.0.0', '1.1.0'] }],
  datasetChanged: [{ dataset: 'loans 1.0.0', found: 'abc', approved: 'def' }],
  dataPath: (['path', 'kind', 'outside', 'absent'] as const).flatMap((kind) =>
    [[], ['/data']].map((roots) => ({ path: file, why: kind, roots })),
  ),
  fileChanges: [{ file }],
  script: [{ name: 'train.py', bytes: 2_000_000, maxBytes: 1_000_000 }],
  imbalanceOfRegression: [{ handling: 'smote' }],
  outputRefused: [
    { path: 'a b', why: 'name' },
    { path: 'a', why: 'link' },
    { path: 'a', why: 'device' },
    { path: 'a', why: 10_000 },
  ],
  modelMissing: [{ jobName: 'train-a/TrainModel/1/0', file: 'signature.json' }],
  ownHooks: [{ jobName: 'train-a/TrainModel/1/0' }],
  notOnnx: [{ key: 'trainings/train-a/model.onnx', found: 'a pickle' }],
  strategy: [{ strategy: 'canary' }],
  noAnswer: [{ ...release, status: 500, body: 'it is broken' }],
  question: [{ trainingId: 'train-a' }],
};

const ofOrders: Samples<typeof orderFailures> = {
  notServing: [
    { trainingId: 'train-a', endpointName: 'loans-production', current: null, elsewhere: null },
    {
      trainingId: 'train-a',
      endpointName: 'loans-production',
      current: served,
      elsewhere: { version: '1.1.0', place: 'staging' },
    },
  ],
  noVersionBefore: [
    { ...release, isFirst: true },
    { ...release, isFirst: false },
  ],
  rollbackWithoutPage: [{ done: 'It went back.', why, endpointName: 'loans-staging', from: '1.2.0', to: '1.1.0' }],
  notStaged: [
    { trainingId: 'train-a', staged: null },
    { trainingId: 'train-a', staged: served },
  ],
  notPromotable: [{ modelName: 'loans', version: '1.2.0', status: 'Rejected' }],
};

const ofJobs: Samples<typeof jobMessages> = {
  unusable: [{ problems: ['列「income」がありません。'] }],
  fewRows: [
    { counts, leftOut: '', minimum: 50 },
    { counts, leftOut: 'duplicate 3', minimum: 50 },
  ],
  emptySplit: [
    { counts, leftOut: '', byTime: true },
    { counts, leftOut: '', byTime: false },
  ],
  poorClass: [{ classes: { yes: 1, no: 40 }, folds: 5 }],
  noMemory: [{ why }],
  diskFull: [{ why }],
  expectations: [{ file: 'loans.expectations.yaml', why }],
  pattern: [{ column: 'zip', pattern: '[', why }],
  testTarget: [
    { row: 3, target: 'paid', found: '"maybe"', classes: ['yes', 'no'] },
    { row: 3, target: 'paid', found: null, classes: null },
  ],
  noRows: [{ what: 'test' }],
  modelLoadsNot: [{ why }],
  rowsLack: [{ what: 'features of the model', absent: ['debt'], found: ['income', 'paid'] }],
};

const ofFiles: Samples<typeof fileMessages> = {
  tooLarge: [
    { file, bytes: 9, maxBytes: 8 },
    { file, bytes: null, maxBytes: 8 },
  ],
  empty: [
    { file, why: 'bytes' },
    { file, why: 'gzip' },
    { file, why: 'blank' },
  ],
  damagedGzip: [{ file, why }],
  foreign: [
    { file, format: 'zip' },
    { file, format: 'office' },
    { file, format: 'pdf' },
    { file, format: 'zstd' },
    { file, format: 'bzip2' },
    { file, format: 'utf16' },
  ],
  binary: [{ file, position: 12 }],
  notUtf8: [
    { file, line },
    { file, line: null },
  ],
  notParquet: [{ file }],
  ragged: [{ file, line, found: '3', allowed: '4', excerpt: 'a,b,c' }],
  openQuote: [{ file, line, excerpt: '"a,b' }],
  longLine: [{ file, line: null }],
  unreadableCsv: [{ file, line, why }],
  unreadable: [
    { file, format: 'json', why },
    { file, format: 'parquet', why },
  ],
  tooDeep: [{ file, levels: 32, position: 90 }],
  sameNames: [{ file, names: ['"a"', '"A"'] }],
  tooManyColumns: [{ file, columns: 5000, most: 2000 }],
  longName: [{ file, name: 'aaaa' }],
  reservedName: [{ file, name: '__row' }],
  noFirstLine: [{ file }],
  noHeader: [{ file, first: ['1', '2'] }],
  noRows: [{ file }],
  headerOnly: [{ file, columns: ['a', 'b'] }],
};

function all<P extends Record<string, unknown>>(
  catalogue: { readonly [K in keyof P]: (params: P[K]) => FailureText },
  samples: { readonly [K in keyof P]: readonly P[K][] },
): [string, FailureText][] {
  const names: (keyof P & string)[] = Object.keys(catalogue);
  return names.flatMap((name) => samples[name].map((params): [string, FailureText] => [name, catalogue[name](params)]));
}

const texts = [
  ...all(runFailures, ofRuns),
  ...all(orderFailures, ofOrders),
  ...all(jobMessages, ofJobs),
  ...all(fileMessages, ofFiles),
];

function reasonsOf(m: JobReasons): string[] {
  return [
    m.stopped,
    m.tooMuchMemory(512, 400),
    m.tooLong(60),
    m.diskFull(20, 100),
    m.fileTooLarge,
    m.crashed('SIGSEGV'),
    m.killed('SIGKILL'),
    m.killed('SIGTERM'),
    m.noReason(3, 'the moon is full today'),
    m.noReason(3, ''),
    m.said('my own trouble is large'),
    m.notSupervised(why),
    m.notStarted(why),
    m.supervisorStartsNot(why),
    m.supervisorLost,
    m.unknown('program'),
  ];
}

/** Three English words in a row that are no quotation, no code and no command. */
function englishProse(text: string): string[] {
  return text.split('\n\n').flatMap((part) => {
    const own = part
      .replace(/（原文）[^]*/, '')
      .replaceAll(/`[^`]*`/g, '')
      .replaceAll(/npx dandori [\w ./-]+/g, '');
    return /[a-z']{2,} [a-z']{2,} [a-z']{2,}/i.exec(own)?.[0] ?? [];
  });
}

const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

function commentOf(error: unknown, language: 'en' | 'ja'): string {
  const { error: name, cause } = taskFailure(error, language);
  return renderFailure({
    training_id: 'train-a',
    model_name: 'loans',
    error: { name, cause },
    ended_in_state: 'TrainModel',
    judgement: null,
    kept_version: '1.0.0',
    report: null,
    language,
  });
}

describe('a failure', () => {
  it.each(texts)('is told in Japanese, without a line of English: %s', (_, text) => {
    const comment = commentOf(failure('job_failed', text), 'ja');
    expect(englishProse(comment)).toEqual([]);
    expect(text.ja).toMatch(/[。）\w]$/);
    expect(text.ja).toMatch(japanese);
    expect(text.ja).not.toMatch(/undefined|\bnull\b|\[object/);
  });

  it.each(texts)('is told in English, with what to do: %s', (name, text) => {
    const error = failure('job_failed', text);
    expect(error.message).not.toMatch(/undefined|\[object/);
    // The reasons of jobs and the problems of data are in the language of the run already.
    if (!['job', 'evaluation', 'unusable'].includes(name)) expect(commentOf(error, 'en')).not.toMatch(japanese);
    expect(textOf(error, 'en')).toBe(error.message);
  });

  it.each(reasonsOf(jobReasons.ja))('of a job is told in Japanese: %s', (reason) => {
    expect(englishProse(reason)).toEqual([]);
    expect(reason).toMatch(japanese);
  });

  it.each(reasonsOf(jobReasons.en))('of a job is told in English: %s', (reason) => {
    expect(reason).not.toMatch(japanese);
    expect(reason).not.toMatch(/undefined|\[object/);
  });

  it.each(errorCodes)('without a Japanese text of its own is quoted behind one: %s', (code) => {
    const error = new DandoriError(code, 'GitHub was not asked to read it.', { next: 'wait a little while.' });
    const comment = commentOf(error, 'ja');
    expect(englishProse(comment)).toEqual([]);
    expect(comment).toContain('。詳細（原文）: GitHub was not asked to read it. Next: wait a little while.');
    expect(textOf(error, 'en')).toBe(error.message);
  });

  it('would be seen if it were English', () => {
    expect(englishProse(`理由: ${jobReasons.en.tooLong(60)}`)).not.toEqual([]);
  });

  it('that is a defect says so around its own words', () => {
    const text = textOf(new TypeError('x is not a function'), 'ja');
    expect(text).toBe('内部エラーが発生しました。詳細（原文）: x is not a function');
    expect(text).toBe(quotedInJapanese('internal', 'x is not a function'));
  });
});
