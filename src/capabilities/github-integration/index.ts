import { commitTrainingHistory } from './commit-training-history.js';
import { createIssueComment } from './create-issue-comment.js';
import { createOptimizationProposal } from './create-optimization-proposal.js';

export const githubIntegrationTools = [createIssueComment, createOptimizationProposal, commitTrainingHistory] as const;
