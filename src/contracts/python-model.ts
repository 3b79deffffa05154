import { z } from 'zod';

/** Relative path of a file of the model directory, as the trainer lets it pass; no name begins with a dot: it never leads upwards. */
const modelPath = z.string().regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:\/(?!$)|$))+$/);

/** Where the user's hooks lie in the model directory, as SageMaker has it. */
export const hooksPath = 'code/inference.py';

/**
 * `python_model.json`: every file of a model that is served by the user's own hooks, with its SHA-256. It stands where other
 * models have `model.onnx`: its own digest is the digest of the whole model.
 */
export const pythonModel = z.object({
  format: z.literal(1),
  files: z
    .record(modelPath, z.string().regex(/^[0-9a-f]{64}$/))
    .refine((files) => hooksPath in files, `${hooksPath} is not among the files`),
});

/** The file that is the model: an ONNX graph, or the list of files of a model with hooks. */
export const artefactNames = ['model.onnx', 'python_model.json'] as const;
export type ArtefactName = (typeof artefactNames)[number];

/** Which artefact a set of files (or of digests by file name) has; null when it has neither. */
export function artefactOf(names: Iterable<string>): ArtefactName | null {
  const set = new Set(names);
  // A model with hooks may keep an ONNX file for itself.
  return set.has('python_model.json') ? 'python_model.json' : set.has('model.onnx') ? 'model.onnx' : null;
}
