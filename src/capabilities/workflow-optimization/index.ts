import { analyzeModelCharacteristics } from './analyze-model-characteristics.js';
import { applyOptimizationToConfig } from './apply-optimization-to-config.js';
import { estimateOptimizationImpact } from './estimate-optimization-impact.js';
import { generateOptimizationProposal } from './generate-optimization-proposal.js';
import { trackOptimizationHistory } from './track-optimization-history.js';

export const workflowOptimizationTools = [
  analyzeModelCharacteristics,
  generateOptimizationProposal,
  estimateOptimizationImpact,
  applyOptimizationToConfig,
  trackOptimizationHistory,
] as const;
