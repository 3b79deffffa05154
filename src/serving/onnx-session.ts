import { env, InferenceSession, Tensor } from './onnx-runtime.js';
import { DandoriError, messageOf } from '../errors.js';
import type { EncodedTensor } from './encode.js';

/** One model output; `data` holds `dims[0]` rows of equal width. */
export interface OutputTensor {
  name: string;
  dims: readonly number[];
  data: ArrayLike<unknown>;
}

/** A loaded model. `run` blocks the thread while it computes: give it bounded batches. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Of onnxruntime. */
  readonly version: string;
  run(tensors: readonly EncodedTensor[]): Promise<OutputTensor[]>;
  /** Frees the native session; memory comes back to the system only when the process ends. */
  close(): Promise<void>;
}

/**
 * Opens an ONNX model from its bytes, on the CPU. `threads` is per session: small models are fastest with one.
 * `corrupt` when the runtime cannot load it.
 */
export async function openOnnxSession(params: { model: Uint8Array; threads?: number }): Promise<OnnxSession> {
  const threads = params.threads ?? 1;
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(params.model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new DandoriError('corrupt', 'The ONNX model does not load.', {
      found: messageOf(error).slice(0, 500),
      next: 'train and package it again; the runtime is onnxruntime-node.',
      cause: error,
    });
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    version: env.versions.node ?? env.versions.common,
    async run(tensors) {
      const feeds = Object.fromEntries(tensors.map((tensor) => [tensor.tensor, toTensor(tensor)]));
      const results = await session.run(feeds);
      return session.outputNames.flatMap((name) => {
        const tensor = results[name];
        return tensor === undefined ? [] : [{ name, dims: tensor.dims, data: tensor.data as ArrayLike<unknown> }];
      });
    },
    close: () => session.release(),
  };
}

function toTensor({ dtype, data, dims }: EncodedTensor): Tensor {
  if (dtype === 'string') return new Tensor('string', Array.isArray(data) ? data : Array.from(data, String), dims);
  return new Tensor('float32', data instanceof Float32Array ? data : Float32Array.from(data, Number), dims);
}
