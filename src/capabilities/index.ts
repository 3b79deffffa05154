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

/** Every capability with its tools, in the order of the documents. */
export const capabilities = [
  { name: 'Data Preparation', tools: dataPreparationTools },
  { name: 'ML Training', tools: mlTrainingTools },
  { name: 'ML Evaluation', tools: mlEvaluationTools },
  { name: 'GitHub Integration', tools: githubIntegrationTools },
  { name: 'Workflow Optimization', tools: workflowOptimizationTools },
  { name: 'Model Registry', tools: modelRegistryTools },
  { name: 'Packaging', tools: packagingTools },
  { name: 'Deployment', tools: deploymentTools },
  { name: 'Monitoring', tools: monitoringTools },
  { name: 'Notification', tools: notificationTools },
  { name: 'Workflow', tools: workflowTools },
] as const;

/** Every tool that the MCP server offers. */
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
