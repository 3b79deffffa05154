import { dataPreparationTools } from './data-preparation/index.js';
import { deploymentTools } from './deployment/index.js';
import { githubIntegrationTools } from './github-integration/index.js';
import { mlEvaluationTools } from './ml-evaluation/index.js';
import { mlTrainingTools } from './ml-training/index.js';
import { modelRegistryTools } from './model-registry/index.js';
import { monitoringTools } from './monitoring/index.js';
import { notificationTools } from './notification/index.js';
import { packagingTools } from './packaging/index.js';
import { workflowTools } from './workflow/index.js';
import { workflowOptimizationTools } from './workflow-optimization/index.js';

/** Every tool that the MCP server offers, by capability. */
export const allTools = [
  ...dataPreparationTools,
  ...mlTrainingTools,
  ...mlEvaluationTools,
  ...githubIntegrationTools,
  ...workflowOptimizationTools,
  ...modelRegistryTools,
  ...packagingTools,
  ...deploymentTools,
  ...monitoringTools,
  ...notificationTools,
  ...workflowTools,
] as const;

export type AllTools = typeof allTools;
