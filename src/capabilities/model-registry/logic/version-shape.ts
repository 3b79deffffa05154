import { z } from 'zod';
import type { ModelVersion } from '../../../ports/model-registry.js';

/** A version of the registry as tools answer it. */
export const versionShape = z.object({
  model_name: z.string(),
  version: z.string(),
  training_id: z.string(),
  /** `Rejected`: a person rolled it back. */
  approval_status: z.enum(['PendingManualApproval', 'Approved', 'Rejected']),
  stage: z.enum(['None', 'Staging', 'Production', 'Archived']),
  aliases: z.array(z.string()),
  package_prefix: z.string(),
  digests: z.record(z.string(), z.string()),
  facts: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.number()),
  description: z.string(),
  created_at: z.string(),
});
export type VersionShape = z.infer<typeof versionShape>;

export function toShape(version: ModelVersion): VersionShape {
  return {
    model_name: version.modelName,
    version: version.version,
    training_id: version.trainingId,
    approval_status: version.approvalStatus,
    stage: version.stage,
    aliases: version.aliases,
    package_prefix: version.packagePrefix,
    digests: version.digests,
    facts: version.facts,
    metrics: version.metrics,
    description: version.description,
    created_at: version.createdAt,
  };
}
