import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { env, InferenceSession, Tensor } from '../../serving/onnx-runtime.js';
import { modelSignature, type ModelSignature } from '../../contracts/training.js';
import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { jobMessages } from '../job-messages.js';
import { encodeColumns, type ColumnValues, type EncodedTensor } from '../../serving/encode.js';
import type { PythonHome } from '../../serving/python-worker.js';
import { openPythonRuntime } from '../../serving/runtime.js';

/** What the model says of a batch: class ids and, where it has them, probabilities [rows, classes]; or values. */
export interface Prediction {
  /** Class ids (classification) or values (regression), one a row. */
  values: Float64Array;
  probabilities: Float32Array | null;
}

/** The artefact that will serve, loaded in the runtime that will serve it. */
export interface Model {
  signature: ModelSignature;
  /** Tensors of the graph; null for hooks, which take rows by name. */
  tensors: { inputs: readonly string[]; outputs: readonly string[] } | null;
  runtime: { name: string; version: string };
  loadMs: number;
  predict(columns: Readonly<Record<string, ColumnValues>>, rowCount: number): Promise<Prediction>;
  release(): Promise<void>;
}

/** Reads `signature.json`; `invalid_input` lists what is wrong with it. */
export function readSignature(path: string): ModelSignature {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new DandoriError('invalid_input', 'signature.json cannot be read as JSON.', {
      found: messageOf(error),
      cause: error,
    });
  }
  const parsed = modelSignature.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DandoriError('invalid_input', `signature.json is not valid: ${problems.slice(0, 10).join('; ')}.`);
}

/** What onnxruntime calls itself. */
export const onnxRuntime = { name: 'onnxruntime-node', version: env.versions.node ?? env.versions.common };

/** Loads `model.onnx`, or the hooks beside `python_model.json`; `corrupt` when that does not load. */
export async function loadModel(
  modelPath: string,
  signature: ModelSignature,
  { python = null, now = () => performance.now() }: { python?: PythonHome | null; now?: () => number } = {},
): Promise<Model> {
  const startedMs = now();
  if (basename(modelPath) === 'python_model.json') {
    const runtime = await openPythonRuntime(dirname(modelPath), readFileSync(modelPath), signature, python);
    return {
      signature,
      tensors: null,
      runtime: { name: runtime.name, version: runtime.version },
      loadMs: now() - startedMs,
      predict: async (columns, rowCount) => {
        const outputs = await runtime.run(columns, rowCount);
        return readOutputs(signature, Object.fromEntries(outputs.map((one) => [one.name, one])), rowCount);
      },
      release: () => runtime.close(),
    };
  }
  const session = await openSession(modelPath);
  return {
    signature,
    tensors: { inputs: session.inputNames, outputs: session.outputNames },
    runtime: onnxRuntime,
    loadMs: now() - startedMs,
    async predict(columns, rowCount) {
      const feeds = Object.fromEntries(
        encodeColumns(signature, columns, rowCount).map((one) => [one.tensor, toTensor(one)]),
      );
      return readOutputs(signature, await session.run(feeds), rowCount);
    },
    release: () => session.release(),
  };
}

async function openSession(modelPath: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(modelPath, { logSeverityLevel: 3 });
  } catch (error) {
    const why = messageOf(error).slice(0, 300);
    throw failure('corrupt', jobMessages.modelLoadsNot({ why }), { cause: error });
  }
}

function toTensor({ dtype, data, dims }: EncodedTensor): Tensor {
  return data instanceof Float32Array ? new Tensor('float32', data, dims) : new Tensor(dtype, data, dims);
}

/** What onnxruntime and the hooks both answer. */
type Outputs = Readonly<Record<string, { dims: readonly number[]; data: unknown }>>;

function readOutputs(signature: ModelSignature, outputs: Outputs, rowCount: number): Prediction {
  const { label, probabilities, prediction } = signature.outputs;
  if (signature.task_type === 'regression')
    return { values: numbers(outputs, prediction, rowCount), probabilities: null };
  const classCount = signature.classes?.length ?? 0;
  const shares =
    probabilities === undefined ? null : Float32Array.from(numbers(outputs, probabilities, rowCount * classCount));
  if (label !== undefined) return { values: numbers(outputs, label, rowCount), probabilities: shares };
  if (shares === null)
    throw new DandoriError('invalid_input', 'signature.json names neither a label nor a probabilities output.');
  return { values: likeliest(shares, rowCount, classCount), probabilities: shares };
}

/** The numbers of one output; refused when the output is absent, not numeric or of another size. */
function numbers(outputs: Outputs, name: string | undefined, length: number): Float64Array {
  const output = name === undefined ? undefined : outputs[name];
  const data: unknown = output?.data;
  const found =
    data instanceof BigInt64Array ||
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int32Array;
  if (found && data.length === length)
    return data instanceof BigInt64Array ? Float64Array.from(data, Number) : Float64Array.from(data);
  throw new DandoriError(
    'invalid_input',
    `The model's output "${name ?? '(not named)'}" is not what signature.json says.`,
    {
      found: output === undefined ? `outputs ${Object.keys(outputs).join(', ')}` : `shape [${output.dims.join(', ')}]`,
      allowed: `a numeric tensor of ${length} values`,
    },
  );
}

function likeliest(shares: Float32Array, rowCount: number, classCount: number): Float64Array {
  return Float64Array.from({ length: rowCount }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classCount; k++) {
      if ((shares[row * classCount + k] ?? 0) > (shares[row * classCount + best] ?? 0)) best = k;
    }
    return best;
  });
}
