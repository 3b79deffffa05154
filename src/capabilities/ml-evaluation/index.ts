import { biasCheck } from './bias-check.js';
import { compareModels } from './compare-models.js';
import { evaluateClassifier } from './evaluate-classifier.js';
import { evaluateRegressor } from './evaluate-regressor.js';
import { generateConfusionMatrix } from './generate-confusion-matrix.js';
import { generateRocCurve } from './generate-roc-curve.js';
import { calculateShapValues, evaluateClustering, evaluateReinforcement } from './planned-evaluation.js';

/** Tools of the capability ML Evaluation. */
export const mlEvaluationTools = [
  evaluateClassifier,
  evaluateRegressor,
  evaluateClustering,
  evaluateReinforcement,
  generateConfusionMatrix,
  generateRocCurve,
  calculateShapValues,
  biasCheck,
  compareModels,
] as const;
