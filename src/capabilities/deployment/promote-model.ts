import { z } from 'zod';
import { endpointName } from '../../contracts/deploy-to.js';
import { promotionApproval, type PromotionApproval, promotionKey } from '../../contracts/promotion.js';
import { language } from '../../contracts/request.js';
import { effectKey, runRef, slug, type RunRef } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { orderFailures } from '../../messages/order-failures.js';
import { historyFolder } from '../../history/chain.js';
import { renderPromotion } from '../../history/render-promotion.js';
import { defineTool, type ToolContext, writes } from '../../mcp/define-tool.js';
import type { ModelVersion } from '../../ports/model-registry.js';
import type { Ports } from '../../ports/ports.js';
import { commitRecord } from '../shared/commit-record.js';
import { inTurn } from '../shared/in-turn.js';
import { recordInService, versionInService } from '../shared/in-service.js';
import { deploy } from './logic/deploy.js';
import { curlLine, recordDeployment } from './logic/deployment-log.js';
import { releaseOf } from './logic/release.js';

const input = z.object({
  run: runRef,
  model_name: slug,
  issue_number: z.number().int().positive().nullable().default(null),
  language: language.default('en').describe('Of the deployment document and of the page in the training history'),
});

const output = z.object({
  endpoint_name: z.string(),
  version: z.string(),
  previous_version: z.string().nullable().describe('Version that gave way in production; null when none did'),
  changed: z.boolean().describe('False: it served production before'),
  curl: z.string().nullable().describe('A line for a shell that asks the endpoint; null when nothing changed'),
});

/** Who approved it for production: a comment on the issue under the rules for approvals, which no client goes round. */
async function approvalOf(ports: Ports, run: RunRef): Promise<PromotionApproval> {
  const record = await ports.effects.find({ key: promotionKey(run.training_id) });
  if (record?.status === 'done') return promotionApproval.parse(record.result);
  throw new DandoriError('not_allowed', `Nobody has approved the version of ${run.training_id} for production.`, {
    allowed: 'a version that somebody with the right has promoted on its issue',
    next: 'let that person comment /promote on the issue.',
  });
}

/** The version of this run, when it serves staging and may go to production. */
async function candidate(ports: Ports, run: RunRef, modelName: string): Promise<ModelVersion> {
  const staged = await versionInService(ports, modelName, 'staging');
  if (staged === null || staged.trainingId !== run.training_id) {
    throw failure('wrong_state', orderFailures.notStaged({ trainingId: run.training_id, staged }));
  }
  if (staged.approvalStatus === 'Approved') return staged;
  const { version, approvalStatus: status } = staged;
  throw failure('not_allowed', orderFailures.notPromotable({ modelName, version, status }));
}

async function promote(given: z.output<typeof input>, { ports, now }: ToolContext): Promise<z.output<typeof output>> {
  const { run, model_name: modelName, issue_number, language: words } = given;
  const { by } = await approvalOf(ports, run);
  const model = await candidate(ports, run, modelName);
  const endpoint = endpointName({ model_name: modelName, deploy_to: 'production' });
  const { version } = model;
  const before = await versionInService(ports, modelName, 'production');
  if (before?.version === version) {
    return { endpoint_name: endpoint, version, previous_version: null, changed: false, curl: null };
  }
  const release = await releaseOf(ports.objects, model);
  const done = await deploy({ endpoints: ports.endpoints, endpointName: endpoint, ...release, now });
  const entry = {
    training_id: run.training_id,
    model_name: modelName,
    version,
    deploy_to: 'production',
    deployment_strategy: 'all_at_once',
    requested_by: by,
    ...done,
    previous_version: before?.version ?? null,
  };
  const { previous_version, deployed_at: promoted_at } = entry;
  await recordDeployment(ports.objects, model.packagePrefix, entry, words);
  const { training_id } = run;
  const page = { training_id, model_name: modelName, endpoint_name: endpoint, version, previous_version };
  await commitRecord(ports, {
    // Without the visit, which a client names: a page that is written again would break the chain.
    key: effectKey({ ...run, visit: 1 }, 'promotion_history'),
    trainingId: training_id,
    file: `${historyFolder}/${training_id}-promotion.md`,
    subject: `Record ${training_id}: promoted`,
    pictures: [],
    writtenAt: now().toISOString(),
    render: (last) => renderPromotion({ ...page, approved_by: by, promoted_at, issue_number, language: words }, last),
  });
  // Last: whoever repeats this after a crash comes here again.
  await recordInService(ports, { modelName, version, endpointName: endpoint, deployTo: 'production' });
  return { endpoint_name: endpoint, version, previous_version, changed: true, curl: curlLine(done) };
}

export const promoteModel = defineTool({
  name: 'promote_model',
  title: 'Promote a model to production',
  description:
    'For a run that ended well (Succeeded) and whose version serves staging: puts that same package behind the endpoint of production too, ' +
    'asks it one real question, and records stage, alias, lineage, deployment log and a page in the training history. Nothing is trained ' +
    'again; what served production goes on until the new one has answered. Refuses what nobody has promoted on the issue. Repeating it ' +
    'is harmless.',
  input,
  output,
  annotations: writes,
  effect: { states: ['Succeeded'] },
  handler: async (given, context) =>
    inTurn(context.ports.objects, `promotion of ${given.model_name}`, () => promote(given, context)),
});
