import type { TrainingRequest } from '../../../contracts/request.js';
import type { ModelSignature, TrainingReport } from '../../../contracts/training.js';
import { digestOf } from '../../shared/digest.js';
import type { VersionFacts } from './next-version.js';

/** What decides a version number, read from what was really trained rather than from what was wished. */
export function versionFacts(from: {
  request: TrainingRequest;
  signature: ModelSignature;
  report: TrainingReport;
  dataset: { dataset_id: string; digest: string };
  imbalanceHandling: string;
  /** File name -> SHA-256 of the user's own programs; {} without any. */
  scripts: Readonly<Record<string, string | null>>;
}): VersionFacts {
  const { request, signature, report } = from;
  return {
    input_schema: digestOf({
      tensors: signature.inputs,
      features: signature.features.map(({ name, kind }) => ({ name, kind })),
    }),
    output_schema: digestOf({
      task_type: signature.task_type,
      target: signature.target,
      classes: signature.classes,
      outputs: signature.outputs,
    }),
    data: digestOf({ dataset_id: from.dataset.dataset_id, split: request.split, time_column: request.time_column }),
    algorithm: digestOf({
      algorithm: report.algorithm,
      hyperparameters: report.hyperparameters,
      training_script: request.training_script,
      // Left out without hooks and programs: other models keep their digest.
      ...(request.inference_script === undefined ? {} : { inference_script: request.inference_script }),
      ...(Object.keys(from.scripts).length === 0 ? {} : { scripts: from.scripts }),
      class_imbalance_handling: from.imbalanceHandling,
    }),
    features: digestOf({ features: request.features, data_preprocessing: request.data_preprocessing }),
    rows: from.dataset.digest,
    seed: String(request.seed),
  };
}
