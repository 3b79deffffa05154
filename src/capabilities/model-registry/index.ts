import { compareModelVersions } from './compare-model-versions.js';
import { getModelVersion } from './get-model-version.js';
import { listModelVersions } from './list-model-versions.js';
import { recordModelInService } from './record-model-in-service.js';
import { registerModel } from './register-model.js';
import { rollbackModel } from './rollback-model.js';
import { trackModelLineage } from './track-model-lineage.js';

export const modelRegistryTools = [
  registerModel,
  getModelVersion,
  listModelVersions,
  compareModelVersions,
  trackModelLineage,
  recordModelInService,
  rollbackModel,
] as const;
