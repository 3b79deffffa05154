import { deployModel } from './deploy-model.js';
import { describeEndpoint } from './describe-endpoint.js';
import { invokeEndpoint } from './invoke-endpoint.js';
import { listEndpoints } from './list-endpoints.js';
import { promoteModel } from './promote-model.js';

export const deploymentTools = [deployModel, promoteModel, describeEndpoint, listEndpoints, invokeEndpoint] as const;
