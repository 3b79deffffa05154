import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../root.js';
import { churnHooks, testPython, writeHooksPackage } from './fixtures/hooks-package.js';
import { fixtureFolder, fixtureSignature } from './fixtures/load-signature.js';
import { startModelWorker, WorkerGoneError, type ModelWorker } from './model-worker.js';
import { openPredictor, type Predictor } from './predictor.js';
import { startPythonWorker } from './python-worker.js';

const root = mkdtempSync(join(tmpdir(), 'hooks-serving-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
function laid(script?: string, signature?: unknown) {
  const folder = join(root, String((count += 1)));
  return { folder, digests: writeHooksPackage(folder, script, signature), modelName: 'churn', version: '2.0.0' };
}

const open = (script?: string, signature?: unknown): Promise<Predictor> =>
  openPredictor(laid(script, signature), { python: testPython });

async function ask(model: Pick<Predictor, 'invoke'>, body: unknown, more: { type?: string; accept?: string } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { type: contentType = 'application/json', accept = '' } = more;
  const answer = await model.invoke({ body: Buffer.from(text), contentType, accept });
  return { status: answer.status, text: Buffer.from(answer.body).toString('utf8') };
}

const row = { tenure: 5, plan: 'pro', charge: 20 };

describe('a model with hooks of its own', { timeout: 60_000 }, () => {
  let hooks: Predictor;
  let graph: Predictor;
  beforeAll(async () => {
    hooks = await open();
    const ref = { folder: fixtureFolder('churn'), digests: {}, modelName: 'churn', version: '2.0.0' };
    graph = await openPredictor(ref);
  }, 60_000);
  afterAll(async () => {
    await hooks.close();
    await graph.close();
  });

  test.each<[string, unknown, { type?: string; accept?: string }]>([
    ['an object', row, {}],
    ['a list with a missing value and an unseen category', [row, { tenure: 1, plan: 'gold', charge: null }], {}],
    ['instances in order', { instances: [[5, 'pro', 20]] }, {}],
    ['CSV with a header and an empty cell', 'tenure,plan,charge\n5,pro,\n', { type: 'text/csv' }],
    ['CSV, accepted as CSV', '5,free,20', { type: 'text/csv', accept: 'text/csv' }],
  ])('answers %s as the ONNX model of the same rule does', async (_name, body, more) => {
    const [ours, theirs] = [await ask(hooks, body, more), await ask(graph, body, more)];
    expect(ours.status).toBe(200);
    const numbers = (text: string) => (text.match(/0\.\d+/g) ?? []).map(Number);
    const words = (text: string) => text.replace(/\d+\.\d+/g, '#');
    expect(words(ours.text)).toBe(words(theirs.text));
    expect(numbers(theirs.text).length).toBeGreaterThan(0);
    numbers(theirs.text).forEach((value, index) => expect(numbers(ours.text)[index]).toBeCloseTo(value, 5));
  });

  test.each<[string, unknown, { type?: string; accept?: string }, number]>([
    ['an unknown field', { ...row, tenur: 1 }, {}, 400],
    ['a wrong kind', { ...row, tenure: 'long' }, {}, 400],
    ['no JSON', '{', {}, 400],
    ['another content type', 'x', { type: 'application/x-npy' }, 415],
    ['an accepted type that is not there', row, { accept: 'image/png' }, 406],
  ])('refuses %s before any hook is called, in the words for every model', async (_name, body, more, status) => {
    const ours = await ask(hooks, body, more);
    expect(ours.status).toBe(status);
    expect(ours).toEqual(await ask(graph, body, more));
  });

  test('explains what each feature did', async () => {
    const body = Buffer.from(JSON.stringify(row));
    const answer = await hooks.invoke({ body, contentType: '', accept: '', explain: true });
    const { predictions } = JSON.parse(Buffer.from(answer.body).toString('utf8'));
    expect(predictions[0].feature_importance.charge).toBeLessThan(0);
    expect(predictions[0].feature_importance.plan).toBeGreaterThan(0);
  });

  test('is found by relative paths, as a container or a shell gives them', async () => {
    const ref = laid();
    const here = (path: string) => relative(process.cwd(), path);
    const python = { executable: here(testPython.executable), packages: here(testPython.packages) };
    const model = await openPredictor({ ...ref, folder: here(ref.folder) }, { python });
    expect((await ask(model, row)).status).toBe(200);
    await model.close();
  });

  test('is refused where there is no Python', async () => {
    await expect(openPredictor(laid())).rejects.toMatchObject({ code: 'unavailable' });
  });

  test.each([
    ['the script', 'code/inference.py'],
    ['another file', 'weights.json'],
  ])('is refused when %s is not what was packaged', async (_name, path) => {
    const ref = laid();
    writeFileSync(join(ref.folder, 'model', path), 'other');
    await expect(openPredictor(ref, { python: testPython })).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`The model file ${path} is not the one that was packaged`) as string,
    });
  });

  test('is refused when its list of files names one outside', async () => {
    const ref = laid();
    const files = { 'code/inference.py': '0'.repeat(64), '../signature.json': '0'.repeat(64) };
    writeFileSync(join(ref.folder, 'python_model.json'), JSON.stringify({ format: 1, files }));
    const loose = { ...ref, digests: {} };
    await expect(openPredictor(loose, { python: testPython })).rejects.toThrow('python_model.json cannot be read');
  });
});

describe('hooks that go wrong', { timeout: 60_000 }, () => {
  /** Good for the sample row that warms a model up (tenure 36), wrong for others. */
  const when = (condition: string, then: string) =>
    `${churnHooks}\nright = predict_fn\ndef predict_fn(rows, model):\n    if ${condition}:\n        ${then}\n    return right(rows, model)\n`;
  const later = "rows[0]['tenure'] != 36";

  test.each<[string, string, number, string]>([
    ['raise', "raise RuntimeError('no\\nmore')", 500, 'predict_fn of inference.py raised RuntimeError: no.'],
    ['answer too few rows', "return {'predictions': []}", 500, 'did not answer one prediction a row'],
    ['answer an unknown class', "return {'predictions': ['Maybe']}", 500, 'answered an unknown class for row 0'],
    ['answer no probabilities', "return ['Yes']", 500, 'answered no probabilities for each row'],
    [
      'name other classes',
      "return {'predictions': ['Yes'], 'probabilities': [[1, 0]], 'classes': ['Yes', 'Never']}",
      500,
      'names other classes than the signature',
    ],
    ['answer no predictions', "return {'prediction': 1}", 500, 'answered no predictions'],
    [
      'answer no number',
      "return {'predictions': ['Yes'], 'probabilities': [['a', 0]]}",
      500,
      'no finite number for row 0',
    ],
  ])('that %s are named in the answer, without a traceback', async (_name, then, status, message) => {
    const model = await open(when(later, then));
    const answer = await ask(model, row);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).message).toContain(message);
    expect(answer.text).not.toContain('Traceback');
    expect((await ask(model, { ...row, tenure: 36 })).status).toBe(200);
    await model.close();
  });

  test('that refuse a request by a ValueError of input_fn answer 400', async () => {
    const script = `${churnHooks}\ndef input_fn(body, kind):\n    rows = json.loads(body)\n    if rows[0]['tenure'] > 50:\n        raise ValueError('tenure is beyond 50')\n    return rows\n`;
    const model = await open(script);
    const answer = await ask(model, { ...row, tenure: 60 });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('tenure is beyond 50') as string });
    await model.close();
  });

  test.each([
    ['does not import', 'import nowhere_to_be_found', 'inference.py cannot be imported: ModuleNotFoundError'],
    ['does not load', `${churnHooks}\ndef model_fn(d):\n    return open('none')`, 'model_fn of inference.py raised'],
    ['dies', 'import os\nos.kill(os.getpid(), 9)', 'it was killed by SIGKILL'],
    ['cannot answer a row', `${churnHooks}\ndef predict_fn(r, m):\n    return 1 / 0`, 'does not answer a sample row'],
  ])('in a model that %s keep it from being served', async (_name, script, message) => {
    await expect(open(script)).rejects.toThrow(message);
  });

  test('and use more memory than their limit are ended, with the reason', async () => {
    const { folder } = laid(`${churnHooks}\ndef model_fn(d):\n    return bytearray(200_000_000)`);
    const params = { python: testPython, modelDir: join(folder, 'model'), maxRssBytes: 100 * 1024 ** 2 };
    const worker = await startPythonWorker(params);
    expect(await worker.ended).toMatch(/it used \d+ MB of memory; its limit is 100 MB/);
  });

  test('see nothing of the environment of the server', async () => {
    process.env['DANDORI_TEST_SECRET'] = 'secret';
    const known =
      'HOME LANG LC_CTYPE PATH PYTHON* SAGEMAKER_PROGRAM SM_MODEL_DIR TMPDIR *_THREADS OMP_WAIT_POLICY __CF*';
    const script = `import fnmatch, os\n${churnHooks}\nload = model_fn\ndef model_fn(d):\n    strange = [n for n in os.environ if not any(fnmatch.fnmatch(n, p) for p in "${known}".split())]\n    if strange:\n        raise RuntimeError(str(strange))\n    return load(d)\n`;
    await (await open(script)).close();
    const secretive = script.replace('HOME ', '');
    await expect(open(secretive)).rejects.toThrow("RuntimeError: ['HOME']");
  });
});

describe('a regression with hooks of its own', { timeout: 60_000 }, () => {
  test('answers values', async () => {
    const script =
      "def model_fn(d):\n    return 2\ndef predict_fn(rows, factor):\n    return [factor * row['area'] for row in rows]\n";
    const model = await open(script, fixtureSignature('price'));
    const answer = await ask(model, [{ area: 50, garden: true }]);
    expect(JSON.parse(answer.text).predictions).toEqual([{ value: 100 }]);
    await model.close();
  });
});

describe('startModelWorker with hooks', { timeout: 60_000 }, () => {
  let worker: ModelWorker | null = null;
  afterEach(() => worker?.kill());
  const start = async (script: string): Promise<ModelWorker> =>
    (worker = await startModelWorker({
      ref: laid(script),
      program: program('serving/model-server'),
      python: testPython,
    }));

  test('serves them in processes of their own and tells the memory of both', async () => {
    const served = await start(churnHooks);
    expect(await ask(served, row)).toMatchObject({ status: 200 });
    await expect.poll(() => served.rssBytes(), { timeout: 30_000 }).toBeGreaterThan(40_000_000);
    await served.retire(1_000);
    expect(await served.ended).toMatch(/SIGTERM/);
  });

  test('ends when Python dies, so that another one takes its place and the request', async () => {
    const served = await start(
      `import os\n${churnHooks}\nright = predict_fn\ndef predict_fn(rows, model):\n    if rows[0]['tenure'] == 1:\n        os._exit(9)\n    return right(rows, model)\n`,
    );
    await expect(ask(served, { ...row, tenure: 1 })).rejects.toBeInstanceOf(WorkerGoneError);
    expect(await served.ended).toBe('it ended with exit code 1');
  });
});
