import { z } from 'zod';
import { deployTargets } from './deploy-to.js';
import { trainingRequest } from './request.js';
import { slug } from './run-ref.js';

/** SHA-256, lower-case hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex (64 characters)');

/** Who may do what to a request; part of the plan, so a change of the rules makes a new plan. */
export const approvalPolicy = z.strictObject({
  /** Least permission on the tracker that may trigger, approve, override, retry, cancel and roll back. */
  minimum: z.enum(['admin', 'write', 'read']),
  /** True: a request for production is approved by somebody who did not make it. */
  production_requires_second_person: z.boolean(),
});
export type ApprovalPolicy = z.infer<typeof approvalPolicy>;

/** What will run; its hash is what an approval is for (requirement R3). */
export const plan = z.strictObject({
  format: z.literal(1),
  /** With defaults and overrides. */
  request: trainingRequest,
  /** The proposal as applied; the optimizer owns its shape. */
  proposal: z.record(z.string(), z.json()),
  dataset: z.strictObject({ dataset_id: slug, version: z.string(), digest: sha256 }),
  /** Of the files that will run: the trainer and the user's script. */
  code_digest: sha256,
  /** Of the trainer's environment: requirements and Python version. */
  environment_digest: sha256,
  policy: approvalPolicy,
  deploy_target: z.strictObject({ endpoint_name: slug, deploy_to: z.enum(deployTargets) }),
});
export type Plan = z.infer<typeof plan>;
