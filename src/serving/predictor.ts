import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelSignature, type ModelSignature } from '../contracts/training.js';
import { DandoriError, messageOf } from '../errors.js';
import { createBatcher } from './batcher.js';
import { encodeColumns } from './encode.js';
import { featureImportance } from './feature-importance.js';
import { answerType, formatOutput, readPredictions } from './format-output.js';
import { errorResponse, type InvocationRequest, type InvocationResponse } from './invocation.js';
import { openOnnxSession, type OnnxSession } from './onnx-session.js';
import { parseInput } from './parse-input.js';
import { sampleRow } from './sample-row.js';

export interface PackageRef {
  /** Local folder that holds `model.onnx` and `signature.json`. */
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
  close(): Promise<void>;
}

/** Loads a package, checks its digests and that the model has the signature's tensors, and warms it up by one prediction. */
export async function openPredictor(
  ref: PackageRef,
  options: { threads?: number; maxRows?: number } = {},
): Promise<Predictor> {
  const model = await readDigested(ref, 'model.onnx');
  const signature = parseSignature(await readDigested(ref, 'signature.json'), ref);
  const session = await openOnnxSession({
    model,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  checkTensors(session, signature, ref);
  const batcher = createBatcher({
    run: (tensors) => session.run(tensors),
    ...(options.maxRows === undefined ? {} : { maxRows: options.maxRows }),
  });
  const names = { name: ref.modelName, version: ref.version, classes: signature.classes ?? [] };

  async function predict(request: InvocationRequest): Promise<InvocationResponse> {
    const type = answerType(request.accept);
    const { columns, rowCount } = parseInput(signature, request);
    const run: typeof batcher.submit = (tensors, rows) => batcher.submit(tensors, rows);
    const outputs = await run(encodeColumns(signature, columns, rowCount), rowCount);
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
  await warmUp(invoke, signature, ref);
  return { signature, invoke, close: () => session.close() };
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

function checkTensors(session: OnnxSession, signature: ModelSignature, ref: PackageRef): void {
  const wanted = signature.inputs.map((input) => input.tensor);
  const unfed = session.inputNames.filter((name) => !wanted.includes(name));
  const unknown = wanted.filter((name) => !session.inputNames.includes(name));
  const outputs = Object.values(signature.outputs).filter((name) => name !== undefined);
  const missing = outputs.filter((name) => !session.outputNames.includes(name));
  if (unfed.length + unknown.length + missing.length === 0 && outputs.length > 0) return;
  throw new DandoriError('corrupt', `The signature of ${ref.modelName} ${ref.version} does not fit its model.`, {
    found: `inputs ${session.inputNames.join(', ')}; outputs ${session.outputNames.join(', ')}`,
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
