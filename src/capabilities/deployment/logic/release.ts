import { modelSignature } from '../../../contracts/training.js';
import type { VariantSpec } from '../../../ports/endpoint-platform.js';
import type { ModelVersion } from '../../../ports/model-registry.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { sampleRow } from '../../../serving/sample-row.js';
import { readJson } from '../../shared/json-objects.js';
import { packageVariant } from '../../shared/package-variant.js';

/** What is needed to put a version behind an endpoint: the variant, and a body that asks it one question. */
export async function releaseOf(
  objects: ObjectStore,
  model: ModelVersion,
): Promise<{ variant: VariantSpec; sampleBody: string }> {
  const signature = await readJson(
    objects,
    `${model.packagePrefix}/signature.json`,
    modelSignature,
    `The signature of ${model.modelName} ${model.version}`,
  );
  return { variant: packageVariant(model), sampleBody: JSON.stringify(sampleRow(signature)) };
}
