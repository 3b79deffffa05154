import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReproduceAnswer } from '../../src/entry/api-types.js';
import { startWorld, type StoryWorld } from './start-world.js';
import { owner } from './world.js';

/** Weights and nothing else: a model that no exporter knows. */
const train = `
import json, os
import pyarrow.parquet as pq
from dandori_trainer.script import load_channel, load_spec, write_signature

folder, channel = os.environ["SM_MODEL_DIR"], os.environ["SM_CHANNEL_TRAIN"]
spec = load_spec(os.environ["SM_CHANNEL_SPEC"])
rows = [row for row in pq.read_table(channel + "/train.parquet").to_pylist() if row["income"] is not None]
means = {name: sum(row[name] or 0 for row in rows) / len(rows) for name in ("income", "debt")}
with open(folder + "/means.json", "w") as file:
    json.dump(means, file)
write_signature(folder, spec, load_channel(channel, spec))
`;

const inference = `
import json, math

def model_fn(model_dir):
    with open(model_dir + "/means.json") as file:
        return json.load(file)

def input_fn(request_body, request_content_type):
    rows = json.loads(request_body)
    if any((row["debt"] or 0) < 0 for row in rows):
        raise ValueError("a debt is not below zero")
    return rows

def share(row, means):
    known = {name: means[name] if row[name] is None else row[name] for name in means}
    return 1 / (1 + math.exp(-(known["income"] - known["debt"] + (20 if row["colour"] == "red" else 0)) / 5))

def predict_fn(rows, means):
    good = [share(row, means) for row in rows]
    labels = ["yes" if one > 0.5 else "no" for one in good]
    return {"predictions": labels, "probabilities": [[one, 1 - one] for one in good], "classes": ["yes", "no"]}
`;

const row = { income: 80, debt: 10, colour: 'red', luck: 0.3 };
const endpoint = 'loans-staging';
const own = { algorithm: undefined, training_script: 'train.py', inference_script: 'inference.py' };

let world: StoryWorld;
beforeAll(async () => {
  world = await startWorld('own-inference');
  world.write('train.py', train);
  world.write('inference.py', inference);
}, 60_000);
afterAll(() => world.stop());

describe('a model with an inference.py of its own', { timeout: 120_000 }, () => {
  it('takes the place of an ONNX version after the same evaluation, compared with it', async () => {
    await world.inService(await world.askApproved());
    const issue = await world.askApproved(own);
    const run = await world.inService(issue);
    expect(run.version).not.toBe('1.0.0');
    expect(run.data['evaluation']).toMatchObject({ evaluation_results: { runtime: { name: 'python' } } });
    expect(await world.lastSaid(issue)).toContain('Compared with the version before');
    const { status, body } = await world.predict(endpoint, row);
    expect(status).toBe(200);
    expect(body).toMatchObject({ model_version: run.version, predictions: [{ label: 'yes' }] });
  });

  it('refuses a wrong row as every model, and one that its hook refuses by the name of the hook', async () => {
    expect(await world.predict(endpoint, { ...row, colour: ['red'] })).toMatchObject({ status: 400 });
    const refused = await world.predict(endpoint, { ...row, debt: -1 });
    expect(refused.status).toBe(400);
    expect(refused.body['message']).toBe('input_fn of inference.py raised ValueError: a debt is not below zero.');
  });

  it('is the same model when it is trained again, whatever became of the file', async () => {
    world.write('inference.py', 'raise SystemExit("another one")');
    const run = await world.run(2);
    const ask = () =>
      world.api.post<ReproduceAnswer>(`/api/runs/${run?.training_id}/reproduce`, { attempt: '20260101' });
    await expect.poll(async () => (await ask()).verdict !== null, { timeout: 60_000, interval: 200 }).toBe(true);
    expect((await ask()).verdict).toMatchObject({ same_model: true, notes: [] });
  });

  it('is rolled back to the ONNX version in one command', async () => {
    await world.people.comment(2, '/rollback', owner);
    expect(await world.heard(2, /Rolled back\./)).toContain('to 1.0.0');
    expect((await world.predict(endpoint, row)).body).toMatchObject({ model_version: '1.0.0' });
  });

  it('keeps the version in service when its hooks do not load, and says which hook and why', async () => {
    world.write('inference.py', 'def model_fn(model_dir):\n    raise OSError("the weights are gone")\n');
    const run = await world.ended(await world.askApproved(own));
    expect(run.status).toBe('failed');
    expect(await world.lastSaid(3)).toContain('model_fn of inference.py raised OSError: the weights are gone');
    expect((await world.predict(endpoint, row)).body).toMatchObject({ model_version: '1.0.0' });
  });
});
