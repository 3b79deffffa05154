import type { Agent } from './agent.js';
import { approvalAgent } from './approval.js';
import { dataPreparationAgent } from './data-preparation.js';
import { deploymentAgent } from './deployment.js';
import { evaluationAgent } from './evaluation.js';
import { historyWriterAgent } from './history-writer.js';
import { issueDetectorAgent } from './issue-detector.js';
import { judgeAgent } from './judge-results.js';
import { monitorAgent } from './monitor.js';
import { notificationAgent } from './notification.js';
import { operatorInputAgent } from './operator-input.js';
import { packagingAgent } from './packaging.js';
import { retrainAgent } from './retrain.js';
import { trainingAgent } from './training.js';
import { workflowOptimizerAgent } from './workflow-optimizer.js';

/** Every agent: the twelve of the documents, and the two that wait for people on behalf of the optimizer and the judge. */
export const agents = [
  issueDetectorAgent,
  workflowOptimizerAgent,
  approvalAgent,
  dataPreparationAgent,
  trainingAgent,
  evaluationAgent,
  judgeAgent,
  operatorInputAgent,
  packagingAgent,
  deploymentAgent,
  monitorAgent,
  retrainAgent,
  notificationAgent,
  historyWriterAgent,
] as const satisfies readonly Agent[];
