import { z } from 'zod';
import { effectKey, runRef, slug } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { once } from '../../ports/effect-journal.js';
import { inTurn } from '../shared/in-turn.js';
import { keepPrevious, rollBack } from './logic/roll-back.js';

const output = z.object({
  action: z.enum(['kept', 'restored', 'rolled_back', 'nothing_in_service']),
  endpoint_name: z.string(),
  from_version: z.string().nullable(),
  to_version: z.string().nullable(),
  still_serves: z.array(z.enum(['staging', 'production'])).describe('Where the version that gave way serves besides'),
  record_key: z.string().nullable().describe('Object key of the rollback record; null when nothing was changed'),
  message: z.string(),
});

export const rollbackModel = defineTool({
  name: 'rollback_model',
  title: 'Roll back a model',
  description:
    'For a run that failed (state RollbackModel): makes sure that the version which the registry has in service is the one that serves. ' +
    'For a run that ended well (Succeeded): takes its version out of service and puts the one before it back, archives and rejects it and records ' +
    'the rollback. Refuses when there is no earlier version. Requests under way are not dropped.',
  input: z.object({
    run: runRef,
    model_name: slug,
    endpoint_name: slug,
    deploy_to: z.enum(['staging', 'production']),
    requested_by: z.string().nullable().default(null),
    reason: z.string().default(''),
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
    const key = effectKey(given.run, 'rollback_model');
    // Both ways read the state first and repeat harmlessly, so there is nothing to look for on the other side.
    return inTurn(ports.objects, `rollback of ${given.endpoint_name}`, () =>
      once(ports.effects, key, { find: async () => null, act }),
    );
  },
});
