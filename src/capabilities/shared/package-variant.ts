import { artefactOf } from '../../contracts/python-model.js';
import { DandoriError } from '../../errors.js';
import type { VariantSpec } from '../../ports/endpoint-platform.js';
import type { ModelVersion } from '../../ports/model-registry.js';

/** A registered version as the one variant of an endpoint; digests go by file name. A version without them is refused. */
export function packageVariant(model: ModelVersion): VariantSpec {
  const inPackage = Object.keys(model.digests).map((key) => key.slice(model.packagePrefix.length + 1));
  // What a model server loads; each is checked against its digest before.
  const loaded = [artefactOf(inPackage) ?? 'model.onnx', 'signature.json'];
  const digests = loaded.map((file): [string, string] => {
    const sha256 = model.digests[`${model.packagePrefix}/${file}`];
    if (sha256 !== undefined) return [file, sha256];
    throw new DandoriError(
      'corrupt',
      `The registry has no digest of ${file} for ${model.modelName} ${model.version}.`,
      {
        next: 'deploy another version, or let a new one be made.',
      },
    );
  });
  return {
    variantName: 'AllTraffic',
    modelName: model.modelName,
    version: model.version,
    packagePrefix: model.packagePrefix,
    digests: Object.fromEntries(digests),
    weight: 1,
  };
}
