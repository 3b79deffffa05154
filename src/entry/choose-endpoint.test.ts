import { describe, expect, it } from 'vitest';
import { recordInService } from '../capabilities/shared/in-service.js';
import { fakePorts } from '../capabilities/testing/fake-ports.js';
import { chooseEndpoint, servingVersions } from './choose-endpoint.js';

const at = (model_name: string, deployTo: string) => ({ endpoint_name: `${model_name}-${deployTo}`, model_name });
const known = [
  at('churn', 'staging'),
  at('churn', 'production'),
  at('prices', 'staging'),
  // A model whose name is another one's endpoint.
  at('prices-staging', 'production'),
];

describe('chooseEndpoint', () => {
  it.each([
    ['churn-production', 'churn-production'],
    ['prices', 'prices-staging'],
    ['prices-staging', 'prices-staging'],
  ])('takes %s for %s', (name, endpoint) => {
    expect(chooseEndpoint(known, name).endpoint_name).toBe(endpoint);
  });

  it.each([
    ['churn', /The model churn has 2 endpoints\.[^]*churn-staging, churn-production[^]*name the one/],
    [
      'prise',
      /There is no endpoint prise\.[^]*churn-staging, churn-production, prices-staging[^]*did you mean prices\?/,
    ],
    ['weather', /There is no endpoint weather\.[^?]*$/],
  ])('says which ones there are for %s', (name, message) => {
    expect(() => chooseEndpoint(known, name)).toThrow(message);
  });

  it('says that none is deployed', () => {
    expect(() => chooseEndpoint([], 'churn')).toThrow(/none is deployed yet/);
  });
});

describe('servingVersions', () => {
  it('names the version in service of each endpoint and its run', async () => {
    const ports = fakePorts();
    const model = {
      digests: {},
      facts: {},
      metrics: {},
      description: '',
      stage: 'None',
      approvalStatus: 'Approved',
    } as const;
    for (const [modelName, version] of [
      ['churn', '1.0.0'],
      ['churn', '1.1.0'],
      ['idle', '1.0.0'],
    ] as const) {
      const packagePrefix = `models/${modelName}/${version}`;
      await ports.registry.registerVersion({
        ...model,
        modelName,
        version,
        packagePrefix,
        trainingId: `train-${version}`,
      });
    }
    const serve = (version: string, deployTo: 'staging' | 'production') =>
      recordInService(ports, { modelName: 'churn', version, endpointName: `churn-${deployTo}`, deployTo });
    await serve('1.0.0', 'production');
    await serve('1.1.0', 'staging');
    expect(await servingVersions(ports)).toEqual([
      { endpoint_name: 'churn-staging', model_name: 'churn', version: '1.1.0', training_id: 'train-1.1.0' },
      { endpoint_name: 'churn-production', model_name: 'churn', version: '1.0.0', training_id: 'train-1.0.0' },
    ]);
  });
});
