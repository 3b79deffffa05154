import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelSignature, trainingReport } from '../../src/contracts/training.js';
import { projectRoot } from '../../src/root.js';
import { numbers, requestBody } from './rows.js';
import { startWorld, type StoryWorld } from './start-world.js';
import { owner } from './world.js';

/** Days of two shops: what is sold is price times visitors, and a share of what was sold the day before. */
function salesCsv(days = 200): string {
  const next = numbers(5);
  const lines = ['day,shop,price,visitors,online,sold'];
  const before = { north: 100, south: 300 };
  for (let day = 0; day < days; day++) {
    const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
    for (const shop of ['north', 'south'] as const) {
      const [price, visitors, online] = [1 + next() * 4, 20 + next() * 80, next() * 50].map((each) =>
        Number(each.toFixed(2)),
      ) as [number, number, number];
      const sold = price * visitors + 0.5 * before[shop] + 3 * Math.max(visitors, online);
      before[shop] = sold;
      // Every ninth price is not known.
      lines.push(`${date},${shop},${day % 9 === 0 ? '' : price},${visitors},${online},${sold.toFixed(3)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What Python answers for the rows: the model file in onnxruntime for Python. */
const program = `
import json, sys
import numpy as np, onnxruntime
signature, rows = json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))
def tensor(entry):
    if entry["dtype"] == "string":
        return np.array([[row.get(name) or "" for name in entry["features"]] for row in rows], dtype=object)
    return np.array([[np.nan if row.get(name) is None else row[name] for name in entry["features"]] for row in rows], dtype=np.float32)
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
inputs = {entry["tensor"]: tensor(entry) for entry in signature["inputs"]}
print(json.dumps(session.run(["prediction"], inputs)[0][:, 0].tolist()))
`;

const request = {
  learning_type: 'supervised',
  task_type: 'regression',
  algorithm: 'linear_regression',
  dataset_id: 'sales',
  data_source: { type: 'file', path: 'sales.csv' },
  target: 'sold',
  evaluation_threshold: { metric: 'r2', min: 0.8 },
  time_column: 'day',
  model_name: 'sales',
  cv_folds: 2,
  data_preprocessing: {
    handle_missing: 'median',
    outliers: { method: 'iqr', action: 'clip' },
    generate_features: {
      interactions: [['price', 'visitors']],
      aggregates: [{ columns: ['visitors', 'online'], functions: ['max', 'std'], name: 'guests' }],
      lags: [{ column: 'sold', by: 'shop', steps: [1] }],
    },
  },
};

const rows = [
  { shop: 'north', price: 3, visitors: 50, online: 10, sold_lag_1: 400 },
  { shop: 'south', price: 2.5, visitors: 30, online: 45, sold_lag_1: 250 },
  { shop: 'south', price: null, visitors: 90, online: 1, sold_lag_1: null },
];

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('generated');
  world.write('sales.csv', salesCsv());
});
afterAll(() => world.stop());

describe('generated features', () => {
  it('are learned from, served without being sent, and the same in Python', { timeout: 120_000 }, async () => {
    const body = requestBody({ ...request, workflow_optimization: { auto_approve: true } });
    const issue = await world.people.open({ title: 'Sales', body, by: owner });
    const run = await world.inService(issue);
    const proposal = await world.heard(issue, /Workflow optimization proposal/);
    expect(proposal).toContain('- Generated features: `sold_lag_1`, `price_x_visitors`, `guests_max`, `guests_std`');
    const { output_prefix: prefix } = run.data['training'] as { output_prefix: string };
    const file = async (name: string) => {
      const path = join(world.folders.root, name);
      writeFileSync(path, await world.server.app.ports.objects.get({ key: `${prefix}/model/${name}` }));
      return path;
    };
    const object = async (name: string) => JSON.parse(readFileSync(await file(name), 'utf8')) as unknown;
    const report = trainingReport.parse(await object('training_report.json'));
    expect(report.selected_features?.slice(-3)).toEqual(['price_x_visitors', 'guests_max', 'guests_std']);
    // Without the product, the maximum and the day before, a line through the columns does not come near.
    expect(report.validation_metrics['r2']).toBeGreaterThan(0.9);
    const signature = modelSignature.parse(await object('signature.json'));
    expect(signature.features.map(({ name }) => name)).toEqual(['shop', 'price', 'visitors', 'online', 'sold_lag_1']);

    writeFileSync(join(world.folders.root, 'rows.json'), JSON.stringify(rows));
    const python = join(projectRoot, '.venv', 'bin', 'python');
    const files = [await file('model.onnx'), await file('signature.json'), join(world.folders.root, 'rows.json')];
    const inPython = JSON.parse(
      execFileSync(python, ['-c', program, ...files], { encoding: 'utf8', timeout: 30_000 }),
    ) as number[];
    const served = await world.predict('sales-staging', rows);
    expect(served.status).toBe(200);
    const predictions = (served.body['predictions'] as { value: number }[]).map(({ value }) => value);
    expect(predictions).toHaveLength(3);
    for (const [index, prediction] of predictions.entries()) expect(prediction).toBeCloseTo(inPython[index] ?? 0, 3);
    // 3 * 50 + 0.5 * 400 + 3 * 50, but for what was learned with unknown prices in the data.
    expect(Math.abs((predictions[0] ?? 0) - 500)).toBeLessThan(60);
  });

  it('are made by the model: the caller sends the lags and nothing else', async () => {
    const url = world.server.app.servingUrl ?? '';
    const document = await (await fetch(`${url}/endpoints/sales-staging/openapi.json`)).json();
    expect(document).toMatchObject({
      components: { schemas: { Row: { properties: { sold_lag_1: { type: ['number', 'null'] } } } } },
    });
    const answer = await world.predict('sales-staging', [{ ...rows[0], price_x_visitors: 150 }]);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('price_x_visitors');
  });

  it('that cannot be made are refused with the columns that can', async () => {
    const generate_features = { interactions: [['price', 'shop']] };
    const body = requestBody({ ...request, data_preprocessing: { generate_features } });
    const issue = await world.people.open({ title: 'Sales', body, by: owner });
    const said = await world.heard(issue, /interactions\[0\] names "shop", which is of type VARCHAR/);
    expect(said).toContain('Allowed: numeric: price, visitors, online.');
  });
});
