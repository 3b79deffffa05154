import type { Problems } from './problems.js';

/** Actions of the optimised integrations; other services are reached through aws-sdk. */
const optimised: Record<string, readonly string[]> = {
  apigateway: ['invoke'],
  athena: ['startQueryExecution', 'stopQueryExecution', 'getQueryExecution', 'getQueryResults'],
  batch: ['submitJob'],
  bedrock: ['invokeModel', 'createModelCustomizationJob'],
  codebuild: [
    'startBuild',
    'stopBuild',
    'batchDeleteBuilds',
    'batchGetReports',
    'startBuildBatch',
    'stopBuildBatch',
    'retryBuildBatch',
    'deleteBuildBatch',
  ],
  databrew: ['startJobRun'],
  dynamodb: ['getItem', 'putItem', 'deleteItem', 'updateItem'],
  ecs: ['runTask'],
  eks: [
    'createCluster',
    'deleteCluster',
    'createNodegroup',
    'deleteNodegroup',
    'runJob',
    'call',
    'createFargateProfile',
    'deleteFargateProfile',
  ],
  elasticmapreduce: [
    'createCluster',
    'terminateCluster',
    'addStep',
    'cancelStep',
    'setClusterTerminationProtection',
    'modifyInstanceFleetByName',
    'modifyInstanceGroupByName',
  ],
  events: ['putEvents'],
  glue: ['startJobRun'],
  http: ['invoke'],
  lambda: ['invoke'],
  mediaconvert: ['createJob'],
  sagemaker: [
    'createEndpoint',
    'createEndpointConfig',
    'createHyperParameterTuningJob',
    'createLabelingJob',
    'createModel',
    'createProcessingJob',
    'createTrainingJob',
    'createTransformJob',
    'updateEndpoint',
  ],
  sns: ['publish'],
  sqs: ['sendMessage'],
  states: ['startExecution'],
};

function isKnown(parts: string[]): boolean {
  const [scheme, , service, , , kind = '', action = ''] = parts;
  if (scheme !== 'arn') return false;
  if (service === 'lambda' || (service === 'states' && kind === 'activity')) return true;
  if (service !== 'states') return false;
  if (kind === 'aws-sdk') return action !== '';
  const name = action.replace(/\.(sync|waitForTaskToken)$/, '');
  return Object.hasOwn(optimised, kind) && optimised[kind]?.includes(name) === true;
}

function expressProblem(resource: string, parts: string[]): string | null {
  if (parts[2] === 'states' && parts[5] === 'activity') return 'Express state machine does not support Activity ARN';
  if (resource.endsWith('.waitForTaskToken')) {
    return "Express state machine does not support '.waitForTaskToken' service integration ";
  }
  return /\.sync(:\d)?$/.test(resource) ? "Express state machine does not support '.sync' service integration" : null;
}

/** A Task's `Resource`: an ARN of a known integration that this engine and machine type can run. */
export function checkResource(problems: Problems, resource: unknown, path: string): void {
  if (typeof resource !== 'string') {
    problems.add(path, "The field 'Resource' is required but was missing");
    return;
  }
  const parts = resource.split(':');
  const { resources, type } = problems.options;
  if (!isKnown(parts)) {
    const why = 'The value is not a valid resource ARN, or the resource is not available in this region.';
    problems.add(path, `The resource provided ${resource} is not recognized. ${why}`);
  } else if (type === 'EXPRESS' && expressProblem(resource, parts) !== null) {
    problems.add(path, expressProblem(resource, parts) ?? '');
  } else if (resources !== undefined && !resources.includes(resource)) {
    problems.add(
      path,
      `The resource ${resource} is not yet supported here, planned (supported: ${resources.join(', ')})`,
    );
  }
}
