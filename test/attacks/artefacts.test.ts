import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelSignature } from '../../src/contracts/training.js';
import { openPredictor } from '../../src/serving/predictor.js';
import '../journeys/story-time.js';
import { LocalWorld } from '../journeys/world.js';
import { projectRoot } from '../../src/root.js';

/** A training script that trains nothing and runs `write` where a model would be written. */
const script = (canary: string, write: string) => `
import os, pickle
from dandori_trainer.script import load_channel, load_spec, write_signature

folder, channel = os.environ["SM_MODEL_DIR"], os.environ["SM_CHANNEL_TRAIN"]
spec = load_spec(os.environ["SM_CHANNEL_SPEC"])
canary = "/".join(${JSON.stringify(canary.split('/'))})

class Canary:
    def __reduce__(self):
        return open, (canary, "w")

poison = pickle.dumps(Canary())
${write}
write_signature(folder, spec, load_channel(channel, spec))
`;

const write: Record<string, string> = {
  'a pickle under the name of a model': `
open(folder + "/model.onnx", "wb").write(poison)
open(folder + "/model.safetensors", "wb").write(poison)`,
  'a graph whose weights lie outside of its folder': `
from onnx import TensorProto, helper
weights = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
for key, value in (("location", "../../../../../../../../../../etc/passwd"), ("length", "16")):
    one = weights.external_data.add()
    one.key, one.value = key, value
inputs = [helper.make_tensor_value_info("income", TensorProto.FLOAT, [4])]
outputs = [helper.make_tensor_value_info("label", TensorProto.FLOAT, [4])]
graph = helper.make_graph([helper.make_node("Add", ["income", "w"], ["label"])], "g", inputs, outputs, [weights])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
open(folder + "/model.onnx", "wb").write(model.SerializeToString())`,
};

let world: LocalWorld;
beforeAll(async () => {
  world = await LocalWorld.start('attacks-artefacts');
});
afterAll(() => world.stop());

describe.concurrent('9. a training that leaves code in place of a model', () => {
  it.each(Object.entries(write))('fails, and nothing of it is run: %s', async (what, source) => {
    const index = Object.keys(write).indexOf(what);
    const canary = join(world.folders.root, `canary-${index}`);
    world.write(`poison-${index}.py`, script(canary, source));
    const issue = await world.askApproved({
      algorithm: undefined,
      training_script: `poison-${index}.py`,
      model_name: `poison-${index}`,
    });
    const run = await world.ended(issue);
    expect(run).toMatchObject({ status: 'failed', version: null });
    // The script itself ran to its end: what it left was refused.
    expect(run.states.map(({ state }) => state)).toContain('EvaluateModel');
    expect(run.cause).toMatch(/does not load|cannot be loaded/);
    expect(await world.lastSaid(issue)).toContain('The training did not lead to a new model');
    expect(existsSync(canary)).toBe(false);
    const endpoints = await world.server.app.ports.endpoints.listEndpoints();
    expect(endpoints.map(({ endpointName }) => endpointName)).not.toContain(`poison-${index}-staging`);
  });
});

describe('9. a package whose model was exchanged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dandori-attacks-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const canary = join(folder, 'canary');
  const make = `
import pickle, sys, zipfile
class Canary:
    def __reduce__(self):
        return open, (sys.argv[1], "w")
poison = pickle.dumps(Canary())
with open(sys.argv[2] + "/pickle", "wb") as file:
    file.write(poison)
with zipfile.ZipFile(sys.argv[2] + "/zip", "w") as archive:
    archive.writestr("archive/data.pkl", poison)
`;
  const signature: ModelSignature = {
    format: 1,
    task_type: 'regression',
    target: 'y',
    classes: null,
    positive_class: null,
    inputs: [{ tensor: 'x', dtype: 'float32', features: ['x'] }],
    features: [{ name: 'x', kind: 'numeric', categories: null, minimum: 0, maximum: 1, missing_seen: false }],
    outputs: { prediction: 'y' },
  };

  beforeAll(() => {
    execFileSync(join(projectRoot, '.venv', 'bin', 'python'), ['-c', make, canary, folder]);
    writeFileSync(join(folder, 'signature.json'), JSON.stringify(signature));
  });

  it.each(['pickle', 'zip'])('is not opened: a %s', async (name) => {
    copyFileSync(join(folder, name), join(folder, 'model.onnx'));
    const ref = { folder, digests: {}, modelName: 'm', version: '1.0.0' };
    await expect(openPredictor(ref)).rejects.toThrow(/ONNX model does not load/);
    expect(existsSync(canary)).toBe(false);
  });
});
