import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pythonModel } from '../contracts/python-model.js';
import type { ModelSignature } from '../contracts/training.js';
import { DandoriError, messageOf } from '../errors.js';
import { createBatcher } from './batcher.js';
import { encodeColumns, type ColumnValues } from './encode.js';
import { hookBody, hookOutputs } from './hook-rows.js';
import { openOnnxSession, type OutputTensor } from './onnx-session.js';
import { startPythonWorker, type PythonHome } from './python-worker.js';

/** What computes a model: rows as columns in, the outputs that the signature names back. */
export interface Runtime {
  readonly name: 'onnxruntime-node' | 'python';
  readonly version: string;
  /** Tensors of the graph; null where rows go in by name. */
  readonly tensors: { inputs: readonly string[]; outputs: readonly string[] } | null;
  run(columns: Readonly<Record<string, ColumnValues>>, rowCount: number): Promise<OutputTensor[]>;
  /** Resident memory of processes of its own, in bytes. */
  childRssBytes(): number;
  /** Resolves with the reason when a process of its own has ended; never where there is none. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

/** The ONNX graph in this process; rows of concurrent requests run together. */
export async function openOnnxRuntime(
  model: Uint8Array,
  signature: ModelSignature,
  options: { threads?: number; maxRows?: number },
): Promise<Runtime> {
  const { threads, maxRows } = options;
  const session = await openOnnxSession({ model, ...(threads === undefined ? {} : { threads }) });
  const batcher = createBatcher({
    run: (tensors) => session.run(tensors),
    ...(maxRows === undefined ? {} : { maxRows }),
  });
  return {
    name: 'onnxruntime-node',
    version: session.version,
    tensors: { inputs: session.inputNames, outputs: session.outputNames },
    run: (columns, rowCount) => batcher.submit(encodeColumns(signature, columns, rowCount), rowCount),
    childRssBytes: () => 0,
    ended: new Promise(() => undefined),
    close: () => session.close(),
  };
}

/**
 * The user's own hooks in a Python process. `folder` holds the files below `model/`; each must be the one that
 * `manifest` (the bytes of `python_model.json`) lists before any of them is opened.
 */
export async function openPythonRuntime(
  folder: string,
  manifest: Uint8Array,
  signature: ModelSignature,
  python: PythonHome | null,
): Promise<Runtime> {
  if (python === null)
    throw new DandoriError('unavailable', 'A model with an inference.py of its own needs Python, which is not there.', {
      next: 'run "npm run setup".',
    });
  const modelDir = join(folder, 'model');
  await checkFiles(modelDir, manifest);
  const worker = await startPythonWorker({ python, modelDir });
  return {
    name: 'python',
    version: worker.version,
    tensors: null,
    run: async (columns, rowCount) =>
      hookOutputs(signature, await worker.ask(hookBody(signature, columns, rowCount)), rowCount),
    childRssBytes: () => worker.rssBytes(),
    ended: worker.ended,
    async close() {
      worker.kill();
      await worker.ended;
    },
  };
}

async function checkFiles(modelDir: string, manifest: Uint8Array): Promise<void> {
  let files: Record<string, string>;
  try {
    files = pythonModel.parse(JSON.parse(Buffer.from(manifest).toString('utf8'))).files;
  } catch (error) {
    const found = messageOf(error).slice(0, 500);
    throw new DandoriError('corrupt', 'The python_model.json cannot be read.', { found, next: 'train again.' });
  }
  for (const [path, sha256] of Object.entries(files)) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(modelDir, path)), hash).catch((error: unknown) => {
      throw new DandoriError('corrupt', `The model file ${path} cannot be read.`, { found: messageOf(error) });
    });
    const found = hash.digest('hex');
    if (found === sha256) continue;
    throw new DandoriError('corrupt', `The model file ${path} is not the one that was packaged.`, {
      found: `SHA-256 ${found}`,
      allowed: `SHA-256 ${sha256}`,
      next: 'deploy another version, or package the model again.',
    });
  }
}
