import { commitTrainingHistory } from './commit-training-history.js';
import { createIssueComment } from './create-issue-comment.js';
import { createOptimizationProposal } from './create-optimization-proposal.js';
import { detectIssue } from './detect-issue.js';
import { parseIssueConfig } from './parse-issue-config.js';

export const githubIntegrationTools = [
  detectIssue,
  parseIssueConfig,
  createIssueComment,
  createOptimizationProposal,
  commitTrainingHistory,
] as const;
