import { createHash } from 'node:crypto';
import type { AppliedOptimizations } from '../contracts/applied-optimizations.js';
import { type Plan, plan as planSchema } from '../contracts/plan.js';
import { endpointName } from '../contracts/deploy-to.js';
import type { TrainingRequest } from '../contracts/request.js';
import type { Installation } from './agent.js';
import { appliedConfig } from './inputs.js';

/** Digest of the files that will run: the trainer's, and the user's own where there are some, the training program first. */
export function planCodeDigest(installed: string, scriptDigests: readonly string[]): string {
  if (scriptDigests.length === 0) return installed;
  return createHash('sha256')
    .update([installed, ...scriptDigests].join('\n'))
    .digest('hex');
}

/** The plan document of a request: everything that decides what will run, and nothing else. */
export function planOf(params: {
  request: TrainingRequest;
  applied: AppliedOptimizations;
  dataset: Plan['dataset'];
  /** SHA-256 of the user's own files: training program, inference.py. */
  scriptDigests: readonly string[];
  installation: Installation;
}): Plan {
  const { request, applied, dataset, scriptDigests, installation } = params;
  return planSchema.parse({
    format: 1,
    request,
    // The explaining lines are in proposal.json; the plan holds what they lead to.
    proposal: appliedConfig.parse(applied),
    dataset,
    code_digest: planCodeDigest(installation.code_digest, scriptDigests),
    environment_digest: installation.environment_digest,
    policy: installation.policy,
    deploy_target: { endpoint_name: endpointName(request), deploy_to: request.deploy_to },
  });
}
