import { z } from 'zod';
import { deployTargets } from '../../contracts/deploy-to.js';
import { language } from '../../contracts/request.js';
import { effectKey, runRef, slug } from '../../contracts/run-ref.js';
import { codeOf, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { orderFailures } from '../../messages/order-failures.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import { inTurn } from '../shared/in-turn.js';
import { commitRollback } from './logic/commit-rollback.js';
import { keepPrevious, rollBack } from './logic/roll-back.js';

const output = z.object({
  action: z.enum(['kept', 'restored', 'rolled_back', 'nothing_in_service']),
  endpoint_name: z.string(),
  from_version: z.string().nullable(),
  to_version: z.string().nullable(),
  still_serves: z.array(z.enum(deployTargets)).describe('Where the version that gave way serves besides'),
  record_key: z.string().nullable().describe('Object key of the rollback record; null when nothing was changed'),
  message: z.string(),
});

export const rollbackModel = defineTool({
  name: 'rollback_model',
  title: 'Roll back a model',
  description:
    'For a run that failed (state RollbackModel): makes sure that the version which the registry has in service is the one that serves. ' +
    'For a run that ended well (Succeeded): takes its version out of service and puts the one before it back, archives and rejects it and records ' +
    'the rollback, with a page in the training history. Refuses when there is no earlier version. Requests under way are not dropped.',
  input: z.object({
    run: runRef,
    model_name: slug,
    endpoint_name: slug,
    deploy_to: z.enum(deployTargets),
    requested_by: z.string().nullable().default(null),
    reason: z.string().default(''),
    issue_number: z.number().int().nullable().default(null),
    language: language.default('en'),
  }),
  output,
  annotations: { ...writes, destructiveHint: true },
  effect: { states: ['RollbackModel', 'Succeeded'] },
  handler: async (given, context) => {
    const params = {
      trainingId: given.run.training_id,
      modelName: given.model_name,
      endpointName: given.endpoint_name,
      deployTo: given.deploy_to,
      requestedBy: given.requested_by,
      reason: given.reason,
    };
    const act = () => (given.run.state === 'RollbackModel' ? keepPrevious(params, context) : rollBack(params, context));
    const { ports } = context;
    // A version may serve two places, and give way in each.
    const place = given.run.state === 'RollbackModel' ? '' : `_${given.deploy_to}`;
    const key = effectKey(given.run, `rollback_model${place}`);
    // Both ways read the state first and repeat harmlessly, so there is nothing to look for on the other side.
    return inTurn(ports.objects, `rollback of ${given.endpoint_name}`, async () => {
      const result = await once(ports.effects, key, { find: async () => null, act });
      if (result.action === 'rolled_back') {
        await commitRollback(given, context).catch((error: unknown) => {
          const { message: done, endpoint_name: endpointName, from_version: from, to_version: to } = result;
          const text = orderFailures.rollbackWithoutPage({ done, why: messageOf(error), endpointName, from, to });
          throw failure(codeOf(error), text, { cause: error });
        });
      }
      return result;
    });
  },
});
