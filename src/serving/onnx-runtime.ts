import { env, InferenceSession, Tensor } from 'onnxruntime-node';

/**
 * ONNX Runtime, told before its first session not to report to its makers: from 1.29 on its builds for Linux and macOS send
 * names, digests and run times of the models that they load, unless this variable is set. Import it from here only.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export { env, InferenceSession, Tensor };
