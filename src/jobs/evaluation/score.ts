import type { EvaluationResults, EvaluationSpec } from '../../contracts/evaluation.js';
import type { ModelSignature } from '../../contracts/training.js';
import { positiveIndex } from './baseline.js';
import { checkBias, type BiasCheck } from './bias.js';
import { classAgreement, compareMetrics, valueAgreement, type Comparison } from './comparison.js';
import { classificationScorer, regressionScorer } from './group-scorers.js';
import { classificationScores, type ClassificationScores } from './metrics/classification.js';
import { regressionScores } from './metrics/regression.js';
import { thinCurve } from './metrics/roc.js';
import type { ModelAnswers, TestPredictions } from './predictions.js';

/** Points of a curve in results.json. */
const maxCurvePoints = 200;

/** The part of results.json that comes from the predictions alone. */
export type Scores = Pick<
  EvaluationResults,
  | 'metrics'
  | 'averaging'
  | 'positive_class'
  | 'class_wise_metrics'
  | 'confusion_matrix'
  | 'roc_curve'
  | 'bias_check'
  | 'comparison'
>;

/** Scores of an artefact that could not be run: nothing is known, so the judge fails it. */
export function unknownScores(spec: EvaluationSpec): Scores {
  const isClassification = spec.task_type === 'classification';
  const names = isClassification
    ? ['accuracy', 'precision', 'recall', 'f1_score', 'auc_roc', 'log_loss']
    : ['rmse', 'mae', 'r2', 'mape'];
  return {
    metrics: Object.fromEntries(names.map((name) => [name, null])),
    averaging: isClassification ? 'weighted' : 'none',
    positive_class: null,
    class_wise_metrics: {},
    confusion_matrix: null,
    roc_curve: null,
    bias_check: null,
    comparison: null,
  };
}

/** Scores of the predictions; `previous_version` must be named when there are answers of a previous version. */
export function scorePredictions(
  spec: EvaluationSpec,
  signature: ModelSignature,
  predictions: TestPredictions,
): Scores {
  return spec.task_type === 'classification'
    ? scoreClassification(spec, signature, predictions)
    : scoreRegression(spec, predictions);
}

function scoreClassification(spec: EvaluationSpec, signature: ModelSignature, predictions: TestPredictions): Scores {
  const names = signature.classes ?? [];
  const classes = { classCount: names.length, positive: positiveIndex(signature) };
  const { truth, current, previous } = predictions;
  const scoresOf = (answers: ModelAnswers): ClassificationScores =>
    classificationScores({ truth, predicted: answers.values, probabilities: answers.probabilities, ...classes });
  const scores = scoresOf(current);
  return {
    metrics: scores.metrics,
    averaging: scores.averaging,
    positive_class: classes.positive === null ? null : (names[classes.positive] ?? null),
    class_wise_metrics: spec.class_wise_analysis
      ? Object.fromEntries(names.map((name, id) => [name, scores.classes[id]]).filter(hasScores))
      : {},
    confusion_matrix: { labels: names, matrix: scores.confusion },
    roc_curve: current.probabilities === null ? null : rocCurves(names, scores),
    bias_check: biasOf(spec, predictions, classificationScorer(truth, current, classes)),
    comparison: comparisonOf(spec, predictions, scores.metrics, previous === null ? null : scoresOf(previous).metrics),
  };
}

function hasScores(
  entry: (string | ClassificationScores['classes'][number] | undefined)[],
): entry is [string, ClassificationScores['classes'][number]] {
  return entry[1] !== undefined;
}

function rocCurves(names: readonly string[], scores: ClassificationScores): EvaluationResults['roc_curve'] {
  return scores.curves.flatMap(({ classIndex, curve }) => {
    if (curve === null) return [];
    const { falsePositiveRates, truePositiveRates, auc } = thinCurve(curve, maxCurvePoints);
    return [
      {
        label: names[classIndex] ?? '',
        auc,
        false_positive_rates: falsePositiveRates,
        true_positive_rates: truePositiveRates,
      },
    ];
  });
}

function scoreRegression(spec: EvaluationSpec, predictions: TestPredictions): Scores {
  const { truth, current, previous } = predictions;
  const metrics = { ...regressionScores(truth, current.values) };
  return {
    ...unknownScores(spec),
    metrics,
    bias_check: biasOf(spec, predictions, regressionScorer(truth, current)),
    comparison: comparisonOf(
      spec,
      predictions,
      metrics,
      previous === null ? null : { ...regressionScores(truth, previous.values) },
    ),
  };
}

function biasOf(
  spec: EvaluationSpec,
  predictions: TestPredictions,
  scorer: Parameters<typeof checkBias>[2],
): BiasCheck | null {
  return spec.bias_check_level === 'none' ? null : checkBias(spec.bias_check_level, predictions.groups, scorer);
}

type MetricValues = Record<string, number | null>;

function comparisonOf(
  spec: EvaluationSpec,
  predictions: TestPredictions,
  current: MetricValues,
  previous: MetricValues | null,
): Comparison | null {
  const before = predictions.previous;
  if (previous === null || before === null || spec.previous_version === null) return null;
  const { truth, current: now } = predictions;
  const agreement =
    spec.task_type === 'classification'
      ? classAgreement(now.values, before.values)
      : valueAgreement(now.values, before.values, truth);
  return compareMetrics(spec.previous_version, current, previous, agreement);
}
