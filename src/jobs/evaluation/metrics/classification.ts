import { accuracy, classScores, confusionMatrix, weightedScores, type ClassScores } from './confusion.js';
import { logLoss } from './log-loss.js';
import { classColumn, rocCurve, weightedOneVersusRestAuc, type RocCurve } from './roc.js';

/** Predictions of a classifier over rows; every class is an index into the model's class list. */
export interface ClassPredictions {
  truth: ArrayLike<number>;
  predicted: ArrayLike<number>;
  /** [rows, classes], row-major; null where the model gives none: no AUC, no log loss, no curve. */
  probabilities: ArrayLike<number> | null;
  classCount: number;
  /** Index of the positive class of a binary problem; null averages over classes by support. */
  positive: number | null;
}

/** Metrics that a classification is judged by; null = cannot be computed on these rows. */
export type ClassificationMetrics = Record<
  'accuracy' | 'precision' | 'recall' | 'f1_score' | 'auc_roc' | 'log_loss',
  number | null
>;

export interface ClassificationScores {
  metrics: ClassificationMetrics;
  averaging: 'binary' | 'weighted';
  classes: ClassScores[];
  confusion: number[][];
  /** Binary: one curve, of the positive class; else one a class against the rest. Null = undefined. */
  curves: { classIndex: number; curve: RocCurve | null }[];
}

/** Everything that is said of a classifier's predictions. */
export function classificationScores(predictions: ClassPredictions): ClassificationScores {
  const { truth, predicted, probabilities, classCount, positive } = predictions;
  const confusion = confusionMatrix(truth, predicted, classCount);
  const classes = classScores(confusion);
  const ranked = probabilities === null ? noRanking : ranking(probabilities, predictions, classes.length);
  return {
    metrics: {
      accuracy: accuracy(confusion),
      ...averaged(classes, positive),
      auc_roc: ranked.auc,
      log_loss: ranked.logLoss,
    },
    averaging: positive === null ? 'weighted' : 'binary',
    classes,
    confusion,
    curves: ranked.curves,
  };
}

/** Without one positive row, recall and F1 of the positive class say nothing: null, where scikit-learn would say 0. */
function averaged(
  classes: ClassScores[],
  positive: number | null,
): Record<'precision' | 'recall' | 'f1_score', number | null> {
  const nothing = { precision: null, recall: null, f1_score: null };
  if (positive === null) return weightedScores(classes) ?? nothing;
  const scores = classes[positive];
  if (scores === undefined || classes.every((one) => one.support === 0)) return nothing;
  const { precision, recall, f1_score, support } = scores;
  return support === 0 ? { precision, recall: null, f1_score: null } : { precision, recall, f1_score };
}

interface Ranking {
  auc: number | null;
  logLoss: number | null;
  curves: ClassificationScores['curves'];
}

const noRanking: Ranking = { auc: null, logLoss: null, curves: [] };

function ranking(probabilities: ArrayLike<number>, { truth, positive }: ClassPredictions, classCount: number): Ranking {
  const curveClasses = positive === null ? Array.from({ length: classCount }, (_, index) => index) : [positive];
  const curves = curveClasses.map((classIndex) => ({
    classIndex,
    curve: rocCurve(truth, classColumn(probabilities, classIndex, classCount), classIndex),
  }));
  const auc =
    positive === null ? weightedOneVersusRestAuc(truth, probabilities, classCount) : (curves[0]?.curve?.auc ?? null);
  return { auc, logLoss: logLoss(truth, probabilities, classCount), curves };
}
