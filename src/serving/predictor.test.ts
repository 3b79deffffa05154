import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixtureFolder, type FixtureName } from './fixtures/load-signature.js';
import { answerType, shortFloat } from './format-output.js';
import { modelHttp } from './model-http.js';
import { openPredictor, type Predictor } from './predictor.js';

function digestsOf(folder: string): Record<string, string> {
  const sha256 = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
  return { 'model.onnx': sha256('model.onnx'), 'signature.json': sha256('signature.json') };
}

function open(name: FixtureName, maxRows = 512): Promise<Predictor> {
  const folder = fixtureFolder(name);
  return openPredictor({ folder, digests: digestsOf(folder), modelName: name, version: '1.0.0' }, { maxRows });
}

async function ask(predictor: Predictor, body: unknown, options: { contentType?: string; accept?: string } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { contentType = 'application/json', accept = '' } = options;
  const answer = await predictor.invoke({ body: Buffer.from(text), contentType, accept });
  return { status: answer.status, contentType: answer.contentType, text: Buffer.from(answer.body).toString('utf8') };
}

/** What the churn fixture computes. */
function churnScore({ tenure, charge, plan }: { tenure: number; charge: number | null; plan: string | null }): number {
  const planScore = plan === 'pro' ? 1 : plan === 'free' ? -1 : 0;
  return 1 / (1 + Math.exp(-(0.05 * tenure - 0.02 * (charge ?? 0) + planScore)));
}

describe('openPredictor', () => {
  let churn: Predictor;
  let price: Predictor;
  beforeAll(async () => {
    churn = await open('churn', 7);
    price = await open('price');
  });
  afterAll(async () => {
    await churn.close();
    await price.close();
  });

  test('answers labels and probabilities with the model and its version', async () => {
    const { status, text } = await ask(churn, { tenure: 5, plan: 'pro', charge: 20 });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      predictions: [{ label: 'Yes', probability: 0.7005671, probabilities: { No: 0.29943287, Yes: 0.7005671 } }],
      model_name: 'churn',
      model_version: '1.0.0',
    });
  });

  test('answers on request what each feature did for the answer', async () => {
    const row = { tenure: 5, plan: 'pro', charge: 20 };
    const explained = await churn.invoke({
      body: Buffer.from(JSON.stringify(row)),
      contentType: '',
      accept: '',
      explain: true,
    });
    const { predictions } = JSON.parse(Buffer.from(explained.body).toString('utf8'));
    const importance = predictions[0].feature_importance;
    expect(Object.keys(importance).toSorted()).toEqual(['charge', 'plan', 'tenure']);
    // The graph takes a missing charge as 0 and a missing plan as neither, as churnScore does.
    expect(importance.plan).toBeCloseTo(churnScore(row) - churnScore({ ...row, plan: null }), 5);
    expect(importance.charge).toBeCloseTo(churnScore(row) - churnScore({ ...row, charge: null }), 5);
  });

  test('refuses to explain more rows than it can answer quickly', async () => {
    const rows = Array.from({ length: 101 }, () => ({ tenure: 5, plan: 'pro', charge: 20 }));
    const answer = await churn.invoke({
      body: Buffer.from(JSON.stringify(rows)),
      contentType: '',
      accept: '',
      explain: true,
    });
    expect(answer.status).toBe(413);
  });

  test('answers values of a regression', async () => {
    const { text } = await ask(price, [
      { area: 50.5, garden: true },
      { area: 20, garden: false },
      { area: 20, garden: null },
    ]);
    expect(JSON.parse(text)).toMatchObject({ predictions: [{ value: 111 }, { value: 40 }, { value: 40 }] });
  });

  test('answers CSV: the label and the probabilities, or the value', async () => {
    const rows = 'tenure,plan,charge\n5,pro,20\n';
    const answer = await ask(churn, rows, { contentType: 'text/csv', accept: 'text/csv' });
    expect(answer).toEqual({ status: 200, contentType: 'text/csv', text: 'Yes,0.29943287,0.7005671\n' });
    const value = await ask(price, '50,1\n20,0', { contentType: 'text/csv', accept: 'text/csv' });
    expect(value.text).toBe('110\n40\n');
  });

  test('answers each of many concurrent requests with its own rows, in order', async () => {
    const one = fc.record({
      tenure: fc.integer({ min: 0, max: 72 }),
      charge: fc.option(fc.integer({ min: 0, max: 120 })),
      plan: fc.constantFrom('pro', 'free', 'gold', null),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(one, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 15 }),
        async (requests) => {
          const answers = await Promise.all(requests.map((rows) => ask(churn, rows)));
          answers.forEach(({ text }, index) => {
            const { predictions } = JSON.parse(text) as { predictions: { probabilities: { Yes: number } }[] };
            const expected = (requests[index] ?? []).map(churnScore);
            expect(predictions).toHaveLength(expected.length);
            predictions.forEach((prediction, row) =>
              expect(prediction.probabilities.Yes).toBeCloseTo(expected[row] ?? 0, 5),
            );
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test('answers 406 when neither JSON nor CSV is accepted', async () => {
    expect(await ask(churn, { tenure: 1 }, { accept: 'image/png' })).toMatchObject({ status: 406 });
  });

  describe('with a damaged package', () => {
    let folder = '';
    const ref = () => ({ folder, digests: digestsOf(folder), modelName: 'churn', version: '1.0.0' });
    beforeAll(() => {
      folder = join(mkdtempSync(join(tmpdir(), 'dandori-package-')), 'package');
    });
    afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

    test.each<[string, () => void, string]>([
      ['other bytes than were digested', () => undefined, 'is not the one that was packaged'],
      ['a model that is no ONNX file', () => writeFileSync(join(folder, 'model.onnx'), 'garbage'), 'does not load'],
      ['an empty model', () => writeFileSync(join(folder, 'model.onnx'), ''), 'does not load'],
      ['a signature that is no JSON', () => writeFileSync(join(folder, 'signature.json'), '{'), 'cannot be read'],
      ['no signature', () => rmSync(join(folder, 'signature.json')), 'no readable signature.json'],
      [
        'the signature of another model',
        () => cpSync(join(fixtureFolder('price'), 'signature.json'), join(folder, 'signature.json')),
        'does not fit its model',
      ],
    ])('refuses %s', async (_name, damage, message) => {
      cpSync(fixtureFolder('churn'), folder, { recursive: true });
      const before = ref();
      damage();
      const isUndigested = message.includes('packaged');
      const wrong = { ...before.digests, 'model.onnx': 'f'.repeat(64) };
      const digests = isUndigested ? wrong : {};
      await expect(openPredictor({ ...before, digests })).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining(message) as string,
      });
    });
  });
});

describe('answerType', () => {
  test.each([
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/csv;q=0.5, application/json', 'application/json'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
    ['TEXT/CSV', 'text/csv'],
  ])('of %j is %s', (accept, type) => {
    expect(answerType(accept)).toBe(type);
  });
});

describe('shortFloat', () => {
  test('is the same float32 in at most nine digits', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        // JSON has no negative zero.
        expect(Math.fround(shortFloat(value))).toBe(value + 0);
      }),
      { numRuns: 2_000 },
    );
    expect(shortFloat(Math.fround(0.81))).toBe(0.81);
  });
});

describe('modelHttp', () => {
  test('serves the SageMaker hosting contract', async () => {
    const predictor = await open('churn');
    const app = modelHttp(predictor, { name: 'churn', version: '1.0.0', serverUrl: 'http://127.0.0.1:8080' });
    expect((await app.inject({ method: 'GET', url: '/ping' })).statusCode).toBe(200);
    const headers = { 'content-type': 'application/json' };
    const good = await app.inject({ method: 'POST', url: '/invocations', headers, payload: '{"tenure":1}' });
    expect(good.statusCode).toBe(200);
    expect(good.headers['content-type']).toContain('application/json');
    const bad = await app.inject({ method: 'POST', url: '/invocations', headers, payload: '{"tenur":1}' });
    expect(bad.statusCode).toBe(400);
    const large = await app.inject({ method: 'POST', url: '/invocations', headers, payload: ' '.repeat(6_291_457) });
    expect(large.statusCode).toBe(413);
    expect((await app.inject({ method: 'GET', url: '/openapi.json' })).json()).toMatchObject({ openapi: '3.1.0' });
    expect((await app.inject({ method: 'GET', url: '/nothing' })).statusCode).toBe(404);
    await app.close();
    await predictor.close();
  });
});
