import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validate } from '@readme/openapi-parser';
import { extract } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sha256Of } from '../shared/digest.js';
import { packageVariant } from '../shared/package-variant.js';
import { fakeContext, fakePorts } from '../testing/fake-ports.js';
import { datasetOf, planHash, requestOf, runOf, storeTraining } from '../testing/fixtures.js';
import { createPackageModel } from './package-model.js';

const tool = createPackageModel(() => new Map([['Dockerfile', 'FROM scratch\n']]));
const prefix = 'models/churn-churn/1.0.0';

async function setUp(options: Parameters<typeof storeTraining>[1] = {}) {
  const ports = fakePorts({ datasets: [datasetOf()] });
  const where = await storeTraining(ports.objects, options);
  const call = (trainingId?: string, changes: { request?: Parameters<typeof requestOf>[0]; digest?: string } = {}) =>
    tool.handler(
      {
        run: runOf('PackageModel', trainingId),
        model_name: 'churn-churn',
        ...where,
        request: requestOf(changes.request),
        plan_hash: planHash,
        ...(changes.digest === undefined
          ? {}
          : { dataset: { dataset_id: 'churn', version: '1.1.0', digest: changes.digest } }),
      },
      fakeContext(ports),
    );
  const register = (answer: Awaited<ReturnType<typeof call>>, trainingId: string) =>
    ports.registry.registerVersion({
      modelName: answer.model_name,
      version: answer.version,
      trainingId,
      approvalStatus: 'Approved',
      stage: 'None',
      packagePrefix: answer.package_prefix,
      digests: answer.digests,
      facts: JSON.parse(ports.objects.text(`${answer.package_prefix}/model_metadata.json`)).facts,
      metrics: answer.metrics,
      description: '',
    });
  return { ports, call, register };
}

describe('package_model', () => {
  it('writes the whole package and records the digest of every file', async () => {
    const { ports, call } = await setUp();
    const answer = await call();
    tool.output.parse(answer);
    expect(answer).toMatchObject({
      version: '1.0.0',
      change: 'first',
      previous_version: null,
      metrics: { accuracy: 0.8, f1_score: 0.61 },
    });
    const names = ports.objects
      .keys()
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length + 1));
    expect(names).toEqual([
      'claim.json',
      'deployment_specification.md',
      'inference_code/Dockerfile',
      'model.onnx',
      'model.tar.gz',
      'model_metadata.json',
      'openapi.json',
      'release_notes.json',
      'release_notes.md',
      'rollback_plan.md',
      'signature.json',
      'training_report.json',
    ]);
    for (const [key, sha256] of Object.entries(answer.digests))
      expect(await ports.objects.head({ key })).toMatchObject({ key, sha256 });
    expect(Object.keys(answer.digests)).toHaveLength(names.length - 1);
    expect(Object.keys(answer.metrics)).not.toContain('auc_roc');
  });

  it('holds no pickle', async () => {
    const { ports, call } = await setUp();
    const { digests } = await call();
    for (const key of Object.keys(digests)) {
      expect(key).not.toMatch(/\.(pkl|pickle|joblib|pt|bin)$/);
      expect((await ports.objects.get({ key }))[0]).not.toBe(0x80);
    }
  });

  it('makes the same archive from the same files, as SageMaker unpacks it', async () => {
    const first = await setUp();
    const second = await setUp();
    const key = `${prefix}/model.tar.gz`;
    await first.call();
    await second.call();
    expect((await first.ports.objects.head({ key }))?.sha256).toBe((await second.ports.objects.head({ key }))?.sha256);
    const folder = mkdtempSync(join(tmpdir(), 'dandori-untar-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await extract({ file: await first.ports.objects.getFile({ key }), cwd: folder });
    expect(
      readFileSync(join(folder, 'model.onnx')).equals(
        Buffer.from(await first.ports.objects.get({ key: `${prefix}/model.onnx` })),
      ),
    ).toBe(true);
  });

  it('writes a valid OpenAPI document', async () => {
    const { ports, call } = await setUp();
    await call();
    const result = await validate(JSON.parse(ports.objects.text(`${prefix}/openapi.json`)));
    expect(result.valid).toBe(true);
  });

  it('answers the same version when it is called again, and writes it whole after a crash', async () => {
    const { ports, call } = await setUp();
    const answer = await call();
    const put = ports.objects.put;
    expect(await call()).toEqual(answer);
    await ports.objects.delete({ key: `${prefix}/model_metadata.json` });
    await ports.objects.delete({ key: `${prefix}/openapi.json` });
    ports.objects.put = put;
    expect((await call()).version).toBe('1.0.0');
    expect(ports.objects.keys()).toContain(`${prefix}/openapi.json`);
  });

  it("packages the model of a user's own script that left no report", async () => {
    const { ports, call } = await setUp();
    await ports.objects.delete({ key: 'trainings/t/1/0/model/training_report.json' });
    expect((await call()).model_metadata.algorithm).toBe('logistic_regression');
    expect(ports.objects.keys()).not.toContain(`${prefix}/training_report.json`);
  });

  it('never gives one number to two trainings at once', async () => {
    const { call } = await setUp();
    const answers = await Promise.all([call('train-aaaaaa'), call('train-bbbbbb'), call('train-aaaaaa')]);
    expect(answers.map(({ version }) => version)).toEqual(['1.0.0', '1.0.1', '1.0.0']);
  });

  it('decides the number by what changed since the newest version and says so', async () => {
    const { ports, call, register } = await setUp({
      results: {
        comparison: {
          previous_version: '1.0.0',
          metrics: { accuracy: { previous: 0.78, current: 0.8, difference: 0.02 } },
          agreement: 0.95,
        },
      },
    });
    await register(await call('train-first'), 'train-first');
    const patch = await call('train-second', { digest: 'f'.repeat(64) });
    expect(patch).toMatchObject({ version: '1.0.1', change: 'patch', changed: ['rows'], previous_version: '1.0.0' });
    const notes = ports.objects.text('models/churn-churn/1.0.1/release_notes.md');
    expect(notes).toContain('| accuracy | 0.78 | 0.8 | +0.02 |');
    expect(notes).toContain('rows of the dataset');
    expect(notes).toContain('alike on 95 %');
    expect(ports.objects.text('models/churn-churn/1.0.0/rollback_plan.md')).not.toMatch(/## When|goes on serving/);
    expect(ports.objects.text('models/churn-churn/1.0.1/rollback_plan.md')).toContain(
      'npx dandori rollback train-second',
    );
    await register(patch, 'train-second');
    const minor = await call('train-third', { request: { features: { include: null, exclude: ['gender'] } } });
    expect(minor).toMatchObject({ version: '1.1.0', change: 'minor', changed: ['features', 'rows'] });
  });

  it("takes another program of the user's own for another algorithm, though its name is the same", async () => {
    const { ports, call, register } = await setUp();
    const request = { algorithms: [], training_script: { path: 'own/train.py' } };
    const train = async (id: string, program: string) => {
      await ports.objects.put({ key: `optimizations/${id}/code/train.py`, body: program });
      const answer = await call(id, { request });
      await register(answer, id);
      return [answer.version, answer.changed];
    };
    expect(await train('train-first', 'a = 1')).toEqual(['1.0.0', []]);
    expect(await train('train-second', 'a = 2')).toEqual(['1.1.0', ['algorithm']]);
    expect(await train('train-third', 'a = 2')).toEqual(['1.1.1', []]);
  });

  it.each([
    ['what the plan applied', JSON.stringify({ class_imbalance_handling: 'none', monitoring_intensity: 'low' }), 'low'],
    ['what the request says, without a proposal', null, 'medium'],
  ])('tells in its deployment specification how closely it is watched: %s', async (_, applied, intensity) => {
    const { ports, call } = await setUp();
    const key = `optimizations/${runOf('PackageModel').training_id}/applied_optimizations.json`;
    if (applied !== null) await ports.objects.put({ key, body: applied });
    await call();
    const text = ports.objects.text(`${prefix}/deployment_specification.md`);
    expect(text).toContain(`- Monitoring: on, intensity ${intensity}\n`);
  });

  it('writes its documents in the language of the request, with the same figures', async () => {
    const { ports, call, register } = await setUp();
    const names = ['release_notes.md', 'deployment_specification.md', 'rollback_plan.md'];
    const textsOf = (version: string) =>
      names.map((name) => ports.objects.text(`models/churn-churn/${version}/${name}`));
    await register(await call('train-first', { request: { language: 'ja' } }), 'train-first');
    await call('train-second', { request: { language: 'ja' } });
    const first = textsOf('1.0.0');
    const second = textsOf('1.0.1');
    expect(first[2]).toContain('戻せる以前のバージョンはありません');
    expect(second[2]).toContain('npx dandori rollback train-second');
    for (const text of [...first, ...second]) {
      expect(text).toMatch(/^# [ぁ-んァ-ヶ]/);
      // No sentence is left in English: what is not Japanese are names, figures and code.
      const foreign = text.replaceAll(/```[^]*?```|`[^`]*`|^\|.*$/gm, '').match(/\b[a-z]+ [a-z]+ [a-z]+\b/g);
      expect(foreign).toBeNull();
    }
    const figures = (text: string) => text.match(/-?\d+\.\d+/g);
    const english = await setUp();
    await english.call('train-first');
    expect(figures(first[0] ?? '')).toEqual(
      figures(english.ports.objects.text('models/churn-churn/1.0.0/release_notes.md')),
    );
  });

  describe('with hooks of its own', () => {
    const request = { training_script: { path: 'train.py' }, inference_script: { path: 'inference.py' } };
    const files = { 'code/inference.py': 'def model_fn(d): ...', 'model.joblib': '\u0080pickle' };
    const list = JSON.stringify({
      format: 1,
      files: Object.fromEntries(Object.entries(files).map(([path, text]) => [path, sha256Of(text)])),
    });
    const layHooks = async () => {
      const made = await setUp({ results: { model_sha256: sha256Of(list) } });
      for (const [path, body] of Object.entries({ ...files, 'python_model.json': list }))
        await made.ports.objects.put({ key: `trainings/t/1/0/model/${path}`, body });
      return made;
    };

    it('holds the files that the evaluated list names below model/, and the list as the model', async () => {
      const { ports, call, register } = await layHooks();
      const answer = await call('train-20260110-000001', { request });
      for (const [path, text] of Object.entries(files))
        expect(answer.digests[`${prefix}/model/${path}`]).toBe(sha256Of(text));
      expect(Object.keys(answer.digests)).not.toContain(`${prefix}/model.onnx`);
      const specification = ports.objects.text(`${prefix}/deployment_specification.md`);
      expect(specification).toContain(`| python_model.json | \`${sha256Of(list)}\` |`);
      const folder = mkdtempSync(join(tmpdir(), 'dandori-untar-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const archive = await ports.objects.getFile({ key: `${prefix}/model.tar.gz` });
      await extract({ file: archive, cwd: folder });
      expect(readFileSync(join(folder, 'model/code/inference.py'), 'utf8')).toBe(files['code/inference.py']);
      const variant = packageVariant(await register(answer, 'train-20260110-000001'));
      expect(variant.digests).toMatchObject({ 'python_model.json': sha256Of(list) });
      expect(Object.keys(variant.digests)).toHaveLength(2);
    });

    it('is refused when a file is not the one of the list, and when no plan names hooks', async () => {
      const { ports, call } = await layHooks();
      await expect(call()).rejects.toThrow(/model\.onnx is not the file that was evaluated/);
      await ports.objects.put({ key: 'trainings/t/1/0/model/model.joblib', body: 'other' });
      await expect(call('train-20260110-000001', { request })).rejects.toThrow(
        /model\.joblib is not the file that was evaluated/,
      );
    });
  });

  it.each([
    ['a pickle', { model: Uint8Array.from([0x80, 0x04, 0x95]) }, /not an ONNX file.*a pickle/],
    ['an empty file', { model: new Uint8Array() }, /not an ONNX file.*an empty file/],
    ['a file that was not evaluated', { results: { model_sha256: 'b'.repeat(64) } }, /not the file that was evaluated/],
    ['a broken signature', { signature: '{' }, /signature\.json is not what it should be/],
  ])('refuses %s', async (_, options, message) => {
    const { ports, call } = await setUp(options);
    await expect(call()).rejects.toThrow(message);
    expect(ports.objects.keys().filter((key) => key.startsWith('models/'))).toEqual([]);
  });
});
