import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createLocalDatasetCatalog } from '../../adapters/local/dataset-catalog.js';
import { openDatabase } from '../../db.js';
import { executeJob } from '../../jobs/job-context.js';
import { prepareData } from '../../jobs/prepare-data.js';
import { profileData } from '../../jobs/profile-data.js';
import { plainPreparation } from '../../jobs/testing/prepare-spec.js';
import type { ToolContext } from '../../mcp/define-tool.js';
import type { JobDescription, JobPlatform, JobRequest } from '../../ports/job-platform.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { applyClassImbalanceHandling } from './apply-class-imbalance-handling.js';
import { checkoutDataset } from './checkout-dataset.js';
import { diffDatasets } from './diff-datasets.js';
import { featureEngineering } from './feature-engineering.js';
import { getDataset } from './get-dataset.js';
import { dataPreparationTools } from './index.js';
import { listDatasets } from './list-datasets.js';
import { loadDataset } from './load-dataset.js';
import { preprocessSupervised } from './preprocess-supervised.js';
import { splitDataset } from './split-dataset.js';
import { validateData } from './validate-data.js';

const base = mkdtempSync(join(tmpdir(), 'dandori-tools-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

type Jobs = JobPlatform & {
  started: JobRequest[];
  finish(jobName?: string): Promise<void>;
  lose(jobName: string): void;
};

/** Jobs of this process: they stay InProgress until the test lets them run to their end. */
function inProcessJobs(objects: ObjectStore): Jobs {
  const known = new Map<string, { request: JobRequest; job: JobDescription }>();
  const started: JobRequest[] = [];
  const describe = async ({ jobName }: { jobName: string }) => {
    const found = known.get(jobName);
    if (found === undefined) throw new Error(`no job ${jobName}`);
    return found.job;
  };
  const layOut = async (root: string, request: JobRequest) => {
    mkdirSync(join(root, 'input', 'config'), { recursive: true });
    writeFileSync(join(root, 'input', 'config', 'hyperparameters.json'), JSON.stringify(request.hyperparameters));
    for (const [channel, files] of Object.entries(request.channels)) {
      mkdirSync(join(root, 'input', 'data', channel), { recursive: true });
      for (const { key, fileName } of files)
        copyFileSync(await objects.getFile({ key }), join(root, 'input', 'data', channel, fileName));
    }
    for (const { channel, fileName, json } of request.documents) {
      mkdirSync(join(root, 'input', 'data', channel), { recursive: true });
      writeFileSync(join(root, 'input', 'data', channel, fileName), JSON.stringify(json));
    }
  };
  const finishOne = async ({ request, job }: { request: JobRequest; job: JobDescription }) => {
    const root = mkdtempSync(join(base, 'ml-'));
    await layOut(root, request);
    const main = request.program === 'profile-data' ? profileData : prepareData;
    const code = await executeJob(main, { root, write: () => undefined });
    if (code === 1) {
      Object.assign(job, {
        status: 'Failed',
        failureKind: 'program',
        failureReason: readFileSync(join(root, 'output', 'failure'), 'utf8'),
      });
      return;
    }
    for (const name of readdirSync(join(root, 'output', 'data'))) {
      await objects.putFile({
        key: `${request.outputPrefix}/output/${name}`,
        path: join(root, 'output', 'data', name),
      });
    }
    job.status = 'Completed';
  };
  return {
    started,
    async startJob(request) {
      const before = known.get(request.jobName);
      if (before !== undefined) return before.job;
      started.push(request);
      const job: JobDescription = {
        jobName: request.jobName,
        status: 'InProgress',
        failureReason: null,
        failureKind: null,
        exitCode: null,
        progressPercent: 10,
        phase: 'reading',
        metrics: {},
        createdAt: '2026-01-01T00:00:00Z',
        startedAt: null,
        endedAt: null,
        peakMemoryMb: null,
        estimatedCostUsd: null,
        heartbeatAt: null,
        outputPrefix: request.outputPrefix,
      };
      known.set(request.jobName, { request, job });
      return job;
    },
    describeJob: describe,
    stopJob: async () => undefined,
    listJobs: async () => [...known.values()].map(({ job }) => job),
    readLog: async () => ({ text: '', nextOffset: 0 }),
    watch: () => () => undefined,
    async finish() {
      for (const each of known.values()) if (each.job.status === 'InProgress') await finishOne(each);
    },
    lose(jobName) {
      const found = known.get(jobName);
      if (found !== undefined)
        Object.assign(found.job, { status: 'Failed', failureKind: 'killed', failureReason: 'killed' });
    },
  };
}

function setUp() {
  const root = mkdtempSync(join(base, 'root-'));
  const fakes = fakePorts();
  const jobs = inProcessJobs(fakes.objects);
  const catalog = createLocalDatasetCatalog({ db: openDatabase(':memory:') });
  const ports = { ...fakes, jobs, catalog };
  const context: ToolContext = { ...fakeContext(ports), dataRoots: [root] };
  const write = (name: string, body: string) => writeFileSync(join(root, name), body);
  const load = (path: string, datasetId = 'shop', run: Parameters<typeof loadDataset.handler>[0]['run'] = null) =>
    loadDataset.handler(loadDataset.input.parse({ dataset_id: datasetId, path, run }), context);
  const loaded = async (path: string, datasetId = 'shop') => {
    await load(path, datasetId);
    await jobs.finish();
    const { result, failure } = await load(path, datasetId);
    if (result === null) throw new Error(failure?.reason ?? 'not loaded');
    return result;
  };
  return { root, ports, jobs, context, write, load, loaded };
}

const shopCsv = (rows = 300, extra = '') =>
  `age,plan,churn\n${Array.from({ length: rows }, (_, row) => `${20 + (row % 50)},${['a', 'b', 'c'][row % 3]},${row % 4 === 0 ? 'Yes' : 'No'}`).join('\n')}\n${extra}`;

const run = { training_id: 'train-20260110-000001', state: 'PrepareData', visit: 1, attempt: 0 };

const spec = { ...plainPreparation, target: 'churn' };

describe('the list of data tools', () => {
  it('has every tool of the requirements under its name', () => {
    expect(dataPreparationTools.map(({ name }) => name)).toEqual([
      'load_dataset',
      'validate_data',
      'preprocess_supervised',
      'preprocess_unsupervised',
      'preprocess_reinforcement',
      'feature_engineering',
      'split_dataset',
      'apply_class_imbalance_handling',
      'list_datasets',
      'get_dataset',
      'diff_datasets',
      'checkout_dataset',
    ]);
  });

  it.each(['preprocess_unsupervised', 'preprocess_reinforcement'])('%s says that it is planned', async (name) => {
    const tool = dataPreparationTools.find((each) => each.name === name);
    const call =
      tool?.name === 'preprocess_unsupervised' || tool?.name === 'preprocess_reinforcement'
        ? tool.handler({}, setUp().context)
        : null;
    await expect(call).rejects.toMatchObject({ code: 'not_yet' });
  });
});

describe('load_dataset', () => {
  it('starts a job, answers its progress, and the version when it has ended', async () => {
    const { write, load, jobs, ports } = setUp();
    write('shop.csv', shopCsv());
    const first = await load('shop.csv');
    expect(first).toMatchObject({ status: 'InProgress', progress: 10, result: null });
    expect((await load('shop.csv')).job_name).toBe(first.job_name);
    expect(jobs.started).toHaveLength(1);
    await jobs.finish();
    const { result } = await load('shop.csv');
    expect(result).toMatchObject({
      dataset_id: 'shop',
      version: '1.0.0',
      rows: 300,
      columns: 3,
      format: 'csv',
      source: 'shop.csv',
      already_known: false,
    });
    expect((await load('shop.csv')).result).toMatchObject({ version: '1.0.0', already_known: true });
    for (const key of [result?.raw_key, result?.data_key, result?.profile_key, result?.quality_report_key]) {
      expect(await ports.objects.head({ key: key ?? '' })).not.toBeNull();
    }
    expect(
      await ports.lineage.trace({ node: { kind: 'dataset', id: 'shop@1.0.0' }, direction: 'upstream' }),
    ).toHaveLength(1);
  });

  it('keeps the same bytes once and makes a version of other bytes', async () => {
    const { write, loaded, ports } = setUp();
    write('a.csv', shopCsv());
    write('b.csv', shopCsv());
    write('c.csv', shopCsv(300, '99,a,No\n'));
    write('d.csv', shopCsv().replaceAll(',', ';'));
    expect([
      (await loaded('a.csv')).version,
      (await loaded('b.csv')).version,
      (await loaded('c.csv')).version,
      (await loaded('d.csv')).version,
    ]).toEqual(['1.0.0', '1.0.0', '1.1.0', '1.2.0']);
    expect((await ports.objects.list({ prefix: 'datasets/shop/raw/' })).length).toBe(3);
  });

  it('starts the job of a run under the key of its attempt', async () => {
    const { write, load } = setUp();
    write('a.csv', shopCsv());
    expect((await load('a.csv', 'shop', run)).job_name).toBe('train-20260110-000001/PrepareData/1/0/profile');
  });

  it('answers why a file is refused, again without a new job', async () => {
    const { write, load, jobs } = setUp();
    write('bad.csv', 'a,b\n1\n');
    await load('bad.csv');
    await jobs.finish();
    expect((await load('bad.csv')).failure?.reason).toMatch(/ragged.*line 2/);
    expect(jobs.started).toHaveLength(1);
  });

  it('tries again when the job was killed', async () => {
    const { write, load, jobs } = setUp();
    write('a.csv', shopCsv());
    jobs.lose((await load('a.csv')).job_name);
    expect((await load('a.csv')).status).toBe('InProgress');
    expect(jobs.started).toHaveLength(2);
  });

  it('reads nothing outside the data roots', async () => {
    const { root, write, load } = setUp();
    const outside = join(base, 'outside.csv');
    writeFileSync(outside, shopCsv());
    write('a.csv', shopCsv());
    symlinkSync(outside, join(root, 'link.csv'));
    symlinkSync(base, join(root, 'folder'));
    mkdirSync(join(root, 'sub'));
    const refused = { code: 'not_allowed' };
    await expect(load('link.csv')).rejects.toMatchObject(refused);
    await expect(load('folder/outside.csv')).rejects.toMatchObject(refused);
    await expect(load('../outside.csv')).rejects.toMatchObject(refused);
    await expect(load(outside)).rejects.toMatchObject(refused);
    await expect(load('/etc/passwd')).rejects.toMatchObject(refused);
    await expect(load('sub')).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(load('nothing.csv')).rejects.toMatchObject({ code: 'not_found' });
    await expect(load('a\0.csv')).rejects.toMatchObject({ code: 'invalid_input' });
    expect((await load(join(root, 'a.csv'))).status).toBe('InProgress');
    symlinkSync('/dev/null', join(root, 'zero.csv'));
    await expect(load('zero.csv')).rejects.toMatchObject(refused);
  });

  it('takes over the expectations beside the file, and refuses wrong ones', async () => {
    const { write, load, ports } = setUp();
    write('shop.csv', shopCsv());
    write(
      'shop.expectations.yaml',
      '- {column: age, expect: between, min: 0, max: 120}\n- column: plan\n  expect: in_set\n  values: [a, b, c]\n',
    );
    await load('shop.csv');
    expect(JSON.parse(ports.objects.text('datasets/shop/expectations.json')).expectations).toHaveLength(2);
    write('shop.expectations.yaml', '- {column: age, expect: huge}\n');
    await expect(load('shop.csv')).rejects.toMatchObject({ code: 'invalid_input' });
    write('shop.expectations.yaml', '['.repeat(20_000));
    await expect(load('shop.csv')).rejects.toMatchObject({ message: expect.stringContaining('nesting deeper') });
  });
});

describe('preprocess_supervised', () => {
  const prepare = (context: ToolContext, changes: Record<string, unknown> = {}) =>
    preprocessSupervised.handler(
      preprocessSupervised.input.parse({ run, dataset_id: 'shop', dataset_version: '1.0.0', spec, ...changes }),
      context,
    );

  it('answers the splits when the job has ended, and finds them again for the same data and spec', async () => {
    const { write, loaded, jobs, context, ports } = setUp();
    write('shop.csv', shopCsv());
    await loaded('shop.csv');
    const first = await prepare(context);
    expect(first).toMatchObject({
      job_name: 'train-20260110-000001/PrepareData/1/0/prepare',
      status: 'InProgress',
      result: null,
    });
    await jobs.finish();
    const { result } = await prepare(context);
    expect(result).toMatchObject({
      metadata: { num_samples: 300, num_features: 2, class_distribution: { No: 225, Yes: 75 } },
    });
    expect(result?.original_class_ratio).toBeCloseTo(0.25, 2);
    const again = await prepare(context, { run: { ...run, training_id: 'train-20260110-000002' } });
    expect(again.result?.split_id).toBe(result?.split_id);
    expect(jobs.started.filter(({ program }) => program === 'prepare-data')).toHaveLength(1);
    const other = await prepare(context, {
      run: { ...run, training_id: 'train-20260110-000003' },
      spec: { ...spec, seed: 1 },
    });
    expect(other.result).toBeNull();
    const edges = await ports.lineage.trace({ node: { kind: 'dataset', id: 'shop@1.0.0' }, direction: 'downstream' });
    expect(edges).toHaveLength(1);
  });

  it('names each split of a version in a manifest of its own', async () => {
    const { write, loaded, jobs, context, ports } = setUp();
    write('shop.csv', shopCsv());
    const version = await loaded('shop.csv');
    const split = async (trainingId: string, seed: number) => {
      const changes = { run: { ...run, training_id: trainingId }, spec: { ...spec, seed } };
      await prepare(context, changes);
      await jobs.finish();
      return (await prepare(context, changes)).result;
    };
    const first = await split('train-20260110-000001', 1);
    const second = await split('train-20260110-000002', 2);
    const manifest = await ports.objects.get({ key: 'datasets/shop/versions/1.0.0/manifest.json' });
    expect(JSON.parse(Buffer.from(manifest).toString('utf8'))).toMatchObject({
      dataset_id: 'shop',
      version: '1.0.0',
      digest: version.digest,
      raw_key: version.raw_key,
      profile_key: version.profile_key,
    });
    const { versions } = await listDatasets.handler(listDatasets.input.parse({ dataset_id: 'shop' }), context);
    const splits = versions?.[0]?.splits ?? [];
    expect(splits.map(({ split_id, seed }) => [split_id, seed]).toSorted()).toEqual(
      [
        [first?.split_id, 1],
        [second?.split_id, 2],
      ].toSorted(),
    );
    const one = splits.find(({ split_id }) => split_id === first?.split_id);
    expect(one?.splits.test).toEqual({
      key: first?.test_data_key,
      rows: first?.prepared.splits.test.rows,
      sha256: first?.prepared.splits.test.sha256,
    });
  });

  it('prepares again when a split is gone or was altered', async () => {
    const { write, loaded, jobs, context, ports } = setUp();
    write('shop.csv', shopCsv());
    await loaded('shop.csv');
    await prepare(context);
    await jobs.finish();
    const { result } = await prepare(context);
    await ports.objects.put({ key: result?.test_data_key ?? '', body: 'altered' });
    expect((await prepare(context, { run: { ...run, attempt: 1 } })).status).toBe('InProgress');
  });

  it('refuses data that is not what was approved', async () => {
    const { write, loaded, context } = setUp();
    write('shop.csv', shopCsv());
    await loaded('shop.csv');
    await expect(prepare(context, { dataset_digest: '0'.repeat(64) })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('answers the reason when the data cannot be used', async () => {
    const { write, loaded, jobs, context } = setUp();
    write('shop.csv', shopCsv());
    write('shop.expectations.json', JSON.stringify([{ column: 'age', expect: 'between', max: 30 }]));
    await loaded('shop.csv');
    await prepare(context);
    await jobs.finish();
    const { status, failure, result } = await prepare(context);
    expect([status, result]).toEqual(['Failed', null]);
    expect(failure?.reason).toMatch(/age: between -inf and 30: \d+ rows break it/);
  });
});

describe('the plans', () => {
  const withShop = async () => {
    const all = setUp();
    all.write('shop.csv', shopCsv());
    await all.loaded('shop.csv');
    return all;
  };
  const choice = { dataset_id: 'shop', target: 'churn', task_type: 'classification' };

  it('validate_data reports on data and target', async () => {
    const { context } = await withShop();
    const check = async (changes: Record<string, unknown>) =>
      validateData.handler(validateData.input.parse({ ...choice, ...changes }), context);
    expect(await check({})).toMatchObject({ usable: true, version: '1.0.0', report: { status: 'warn' } });
    const wrong = await check({ target: 'chrun' });
    expect(wrong.usable).toBe(false);
    expect(wrong.report.checks[0]?.message).toMatch(/"chrun".*Nearest: churn/);
    expect((await check({ language: 'ja', target: 'chrun' })).report.checks[0]?.message).toMatch(/近い名前/);
    await expect(check({ dataset_id: 'shpo' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('feature_engineering answers the features and their steps', async () => {
    const { context } = await withShop();
    const answer = await featureEngineering.handler(
      featureEngineering.input.parse({ ...choice, preprocessing: spec.preprocessing }),
      context,
    );
    expect(answer.features).toEqual([
      { name: 'age', kind: 'numeric' },
      { name: 'plan', kind: 'categorical' },
    ]);
    expect(answer.definitions.features[1]?.transformations.map(({ step }) => step)).toEqual(['impute', 'encode']);
  });

  it('feature_engineering and validate_data answer what is generated, and what cannot be', async () => {
    const { context, write, loaded } = setUp();
    write(
      'own.csv',
      `x,z,churn\n${Array.from({ length: 90 }, (_, row) => `${row * 1.5},${row * row},${row % 2}`).join('\n')}\n`,
    );
    await loaded('own.csv', 'own');
    const wanted = (pair: string[]) => ({
      ...choice,
      dataset_id: 'own',
      preprocessing: { ...spec.preprocessing, generate_features: { interactions: [pair], aggregates: [], lags: [] } },
    });
    const answer = await featureEngineering.handler(featureEngineering.input.parse(wanted(['x', 'z'])), context);
    expect(answer.problems).toEqual([]);
    expect(answer.generated_features).toEqual([{ name: 'x_x_z', function: 'product', columns: ['x', 'z'] }]);
    expect(answer.definitions.features.at(-1)).toMatchObject({
      name: 'x_x_z',
      source_column: 'x',
      other_columns: ['z'],
      transformations: [
        { step: 'generate', where: 'model', detail: 'product of x, z, filled and clipped' },
        { step: 'scale', where: 'model', detail: 'standard' },
      ],
    });
    const refused = await validateData.handler(validateData.input.parse(wanted(['x', 'zz'])), context);
    expect(refused.usable).toBe(false);
    expect(refused.report.checks.find(({ status }) => status === 'fail')?.message).toMatch(/names "zz".*Nearest: z/);
  });

  it('split_dataset answers the very counts that the preparation makes of rows without repetition', async () => {
    const { context, write, loaded, jobs } = setUp();
    write(
      'own.csv',
      `x,churn\n${Array.from({ length: 337 }, (_, row) => `${row * 1.5},${row % 7 === 0 ? 'Yes' : 'No'}`).join('\n')}\n`,
    );
    await loaded('own.csv', 'own');
    const plan = await splitDataset.handler(
      splitDataset.input.parse({ ...choice, dataset_id: 'own', split: spec.split }),
      context,
    );
    const prepare = () =>
      preprocessSupervised.handler(
        preprocessSupervised.input.parse({ run, dataset_id: 'own', dataset_version: '1.0.0', spec }),
        context,
      );
    await prepare();
    await jobs.finish();
    const done = (await prepare()).result?.prepared;
    expect(done?.rows).toMatchObject(plan.rows);
    expect(Object.fromEntries(Object.entries(plan.classes ?? {}).map(([name, rows]) => [name, rows.test]))).toEqual(
      done?.class_distribution?.test,
    );
  });

  it.each([
    ['none', 0.25, { No: 225, Yes: 75 }],
    ['smote', 0.5, { No: 225, Yes: 225 }],
    ['undersample', 0.5, { No: 75, Yes: 75 }],
    ['class_weight', 0.5, { No: 225, Yes: 75 }],
  ])('apply_class_imbalance_handling plans %s', async (method, ratio, counts) => {
    const { context } = await withShop();
    const input = applyClassImbalanceHandling.input.parse({
      dataset_id: 'shop',
      target: 'churn',
      class_imbalance_handling: method,
    });
    expect(await applyClassImbalanceHandling.handler(input, context)).toMatchObject({
      original_class_ratio: 0.25,
      balanced_class_ratio: ratio,
      balanced_class_counts: counts,
    });
  });
});

describe('dataset versions', () => {
  it('are listed, shown, compared and checked out', async () => {
    const { write, loaded, context } = setUp();
    write('shop.csv', shopCsv());
    await loaded('shop.csv');
    write('shop.csv', shopCsv(310).replaceAll(',c,', ',d,'));
    await loaded('shop.csv');
    write('shop.csv', shopCsv().replace('age,', 'years,'));
    await loaded('shop.csv');
    const list = await listDatasets.handler(listDatasets.input.parse({ dataset_id: 'shop' }), context);
    expect(list.versions?.map(({ version, current }) => [version, current])).toEqual([
      ['1.0.0', false],
      ['1.1.0', false],
      ['2.0.0', true],
    ]);
    const small = await diffDatasets.handler({ dataset_id: 'shop', from: '1.0.0', to: '1.1.0' }, context);
    expect(small).toMatchObject({
      same_rows: false,
      rows: { from: 300, to: 310, difference: 10 },
      schema: { added: [], removed: [], changed: [] },
    });
    expect(small.columns.find(({ name }) => name === 'plan')).toMatchObject({ new_values: ['d'], gone_values: ['c'] });
    const large = await diffDatasets.handler({ dataset_id: 'shop', from: '1.0.0', to: '2.0.0' }, context);
    expect(large.schema).toMatchObject({ added: [{ name: 'years' }], removed: [{ name: 'age' }] });
    await checkoutDataset.handler({ dataset_id: 'shop', version: '1.0.0' }, context);
    const shown = await getDataset.handler(getDataset.input.parse({ dataset_id: 'shop' }), context);
    expect(shown.dataset.version).toBe('1.0.0');
    expect(shown.columns.map(({ name }) => name)).toEqual(['age', 'plan', 'churn']);
  });
});

describe('every answer', () => {
  it('is what the output schema says', async () => {
    const { write, load, jobs, context } = setUp();
    write('shop.csv', shopCsv());
    expect(loadDataset.output.safeParse(await load('shop.csv')).error).toBeUndefined();
    await jobs.finish();
    expect(loadDataset.output.safeParse(await load('shop.csv')).error).toBeUndefined();
    const choice = { dataset_id: 'shop', target: 'churn', task_type: 'classification' };
    const validated = await validateData.handler(validateData.input.parse(choice), context);
    expect(validateData.output.safeParse(validated).error).toBeUndefined();
    const split = await splitDataset.handler(splitDataset.input.parse({ ...choice, split: spec.split }), context);
    expect(splitDataset.output.safeParse(split).error).toBeUndefined();
    const shown = await getDataset.handler(getDataset.input.parse({ dataset_id: 'shop' }), context);
    expect(getDataset.output.safeParse(shown).error).toBeUndefined();
    const listed = await listDatasets.handler(listDatasets.input.parse({}), context);
    expect(listDatasets.output.safeParse(listed).error).toBeUndefined();
  });
});
