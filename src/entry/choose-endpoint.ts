import { versionInService } from '../capabilities/shared/in-service.js';
import { deployTargets, endpointName } from '../contracts/deploy-to.js';
import { DandoriError } from '../errors.js';
import { nearestName } from '../nearest.js';
import type { Ports } from '../ports/ports.js';
import type { ServingAnswer } from './api-types.js';

/** What serves where, by the registry: no router has to start to say so. */
export async function servingVersions(ports: Pick<Ports, 'registry'>): Promise<ServingAnswer[]> {
  const serving: ServingAnswer[] = [];
  for (const { modelName } of await ports.registry.listModels()) {
    for (const deployTo of deployTargets) {
      const found = await versionInService(ports, modelName, deployTo);
      if (found === null) continue;
      const endpoint_name = endpointName({ model_name: modelName, deploy_to: deployTo });
      const { version, trainingId: training_id } = found;
      serving.push({ endpoint_name, model_name: modelName, version, training_id });
    }
  }
  return serving;
}

/** The endpoint of that name; a model's name will do while the model has one endpoint. */
export function chooseEndpoint<T extends Pick<ServingAnswer, 'endpoint_name' | 'model_name'>>(
  known: readonly T[],
  name: string,
): T {
  const exact = known.find((one) => one.endpoint_name === name);
  if (exact !== undefined) return exact;
  const ofModel = known.filter((one) => one.model_name === name);
  const [only] = ofModel;
  if (only !== undefined && ofModel.length === 1) return only;
  if (only !== undefined) {
    throw new DandoriError('invalid_input', `The model ${name} has ${ofModel.length} endpoints.`, {
      allowed: ofModel.map((one) => one.endpoint_name).join(', '),
      next: 'name the one that you mean.',
    });
  }
  const names = known.map((one) => one.endpoint_name);
  const near = nearestName(name, [...names, ...known.map((one) => one.model_name)]);
  throw new DandoriError('not_found', `There is no endpoint ${name}.`, {
    allowed: names.length === 0 ? 'none is deployed yet' : names.join(', '),
    ...(near === null ? {} : { next: `did you mean ${near}?` }),
  });
}
