import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artefactOf } from '../contracts/python-model.js';
import { modelSignature, type ModelSignature } from '../contracts/training.js';
import { DandoriError, messageOf } from '../errors.js';
import { featureImportance } from './feature-importance.js';
import { answerType, formatOutput, readPredictions } from './format-output.js';
import { errorResponse, type InvocationRequest, type InvocationResponse } from './invocation.js';
import { parseInput } from './parse-input.js';
import type { PythonHome } from './python-worker.js';
import { openOnnxRuntime, openPythonRuntime, type Runtime } from './runtime.js';
import { sampleRow } from './sample-row.js';

export interface PackageRef {
  /** Local folder that holds `signature.json` and `model.onnx`; or `python_model.json` and, below `model/`, what it lists. */
  folder: string;
  /** File name -> SHA-256; what is listed must match. Empty: nothing is checked (a container checks at its build). */
  digests: Record<string, string>;
  modelName: string;
  version: string;
}

/** A model that answers requests; `invoke` never rejects, errors are answers. */
export interface Predictor {
  readonly signature: ModelSignature;
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  /** Resident memory of processes beside this one, in bytes. */
  childRssBytes(): number;
  /** Resolves with the reason when it cannot answer any more. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface PredictorOptions {
  threads?: number;
  maxRows?: number;
  /** For models with an inference.py of their own; without it they are refused. */
  python?: PythonHome | null;
}

/** Loads a package, checks its digests and that the model has the signature's tensors, and warms it up by one prediction. */
export async function openPredictor(ref: PackageRef, options: PredictorOptions = {}): Promise<Predictor> {
  const signature = parseSignature(await readDigested(ref, 'signature.json'), ref);
  const runtime = await openRuntime(ref, signature, options);
  const names = { name: ref.modelName, version: ref.version, classes: signature.classes ?? [] };

  async function predict(request: InvocationRequest): Promise<InvocationResponse> {
    const type = answerType(request.accept);
    const { columns, rowCount } = parseInput(signature, request);
    const run: Runtime['run'] = (table, rows) => runtime.run(table, rows);
    const outputs = await run(columns, rowCount);
    const predictions = readPredictions(signature, outputs, rowCount);
    if (request.explain !== true || type !== 'application/json') return formatOutput(predictions, type, names);
    const weights = await featureImportance({ signature, columns, rowCount, predictions, run });
    const explained = predictions.map((one, row) => ({ ...one, feature_importance: weights[row] ?? {} }));
    return formatOutput(explained, type, names);
  }
  async function invoke(request: InvocationRequest): Promise<InvocationResponse> {
    try {
      return await predict(request);
    } catch (error) {
      return errorResponse(error);
    }
  }
  try {
    await warmUp(invoke, signature, ref);
  } catch (error) {
    await runtime.close();
    throw error;
  }
  const { ended } = runtime;
  return { signature, invoke, ended, childRssBytes: () => runtime.childRssBytes(), close: () => runtime.close() };
}

async function openRuntime(ref: PackageRef, signature: ModelSignature, options: PredictorOptions): Promise<Runtime> {
  const names = Object.keys(ref.digests);
  const isPython =
    names.length > 0 ? artefactOf(names) === 'python_model.json' : existsSync(join(ref.folder, 'python_model.json'));
  if (isPython) {
    const manifest = await readDigested(ref, 'python_model.json');
    return openPythonRuntime(ref.folder, manifest, signature, options.python ?? null);
  }
  const runtime = await openOnnxRuntime(await readDigested(ref, 'model.onnx'), signature, options);
  if (runtime.tensors !== null) checkTensors(runtime.tensors, signature, ref);
  return runtime;
}

/** The bytes that are digested are the bytes that are loaded: the file is read once. */
async function readDigested(ref: PackageRef, fileName: string): Promise<Uint8Array> {
  const path = join(ref.folder, fileName);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new DandoriError('corrupt', `The package ${ref.modelName} ${ref.version} has no readable ${fileName}.`, {
      found: messageOf(error),
      next: 'package the model again, or deploy another version.',
      cause: error,
    });
  }
  const wanted = ref.digests[fileName];
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (wanted !== undefined && wanted !== sha256) {
    throw new DandoriError(
      'corrupt',
      `The file ${fileName} of ${ref.modelName} ${ref.version} is not the one that was packaged.`,
      {
        found: `SHA-256 ${sha256}`,
        allowed: `SHA-256 ${wanted}`,
        next: 'deploy another version, or package the model again.',
      },
    );
  }
  return bytes;
}

function parseSignature(bytes: Uint8Array, ref: PackageRef): ModelSignature {
  try {
    return modelSignature.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new DandoriError('corrupt', `The signature.json of ${ref.modelName} ${ref.version} cannot be read.`, {
      found: messageOf(error).slice(0, 500),
      next: 'package the model again.',
      cause: error,
    });
  }
}

function checkTensors(found: NonNullable<Runtime['tensors']>, signature: ModelSignature, ref: PackageRef): void {
  const wanted = signature.inputs.map((input) => input.tensor);
  const unfed = found.inputs.filter((name) => !wanted.includes(name));
  const unknown = wanted.filter((name) => !found.inputs.includes(name));
  const outputs = Object.values(signature.outputs).filter((name) => name !== undefined);
  const missing = outputs.filter((name) => !found.outputs.includes(name));
  if (unfed.length + unknown.length + missing.length === 0 && outputs.length > 0) return;
  throw new DandoriError('corrupt', `The signature of ${ref.modelName} ${ref.version} does not fit its model.`, {
    found: `inputs ${found.inputs.join(', ')}; outputs ${found.outputs.join(', ')}`,
    allowed: `inputs ${wanted.join(', ')}; outputs ${outputs.join(', ') || 'at least one'}`,
  });
}

async function warmUp(invoke: Predictor['invoke'], signature: ModelSignature, ref: PackageRef): Promise<void> {
  const body = Buffer.from(JSON.stringify(sampleRow(signature)));
  const answer = await invoke({ body, contentType: 'application/json', accept: '' });
  if (answer.status === 200) return;
  throw new DandoriError(
    'corrupt',
    `The model ${ref.modelName} ${ref.version} loads but does not answer a sample row.`,
    {
      found: Buffer.from(answer.body).toString('utf8').slice(0, 500),
      next: 'the previous version keeps serving; train and package this one again.',
    },
  );
}
