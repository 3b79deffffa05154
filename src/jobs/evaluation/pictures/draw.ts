import type { EvaluationResults } from '../../../contracts/evaluation.js';
import { confusionMatrixChart } from './confusion-matrix.js';
import { learningCurveChart, type LearningCurve } from './learning-curve.js';
import { predictedActualChart, residualsChart, type RegressionPoints } from './regression-charts.js';
import { renderPng, renderSvg, type Chart } from './render.js';
import { rocCurveChart } from './roc-curve.js';
import { pictureTexts } from './texts.js';

/** A picture, drawn: file name without extension, title, SVG text and PNG bytes. */
export interface Picture {
  name: string;
  title: string;
  svg: string;
  png: Uint8Array;
}

/** What there is to draw; a null leaves its pictures out. */
export interface PictureData {
  rows: number;
  language: 'en' | 'ja';
  confusion: EvaluationResults['confusion_matrix'];
  curves: EvaluationResults['roc_curve'];
  learningCurve: LearningCurve | null;
  regression: RegressionPoints | null;
}

/** A picture before it is drawn. */
export interface NamedChart {
  name: string;
  title: string;
  chart: Chart;
}

/** Every picture that the data allows, in the order of the report. */
export function drawCharts(data: PictureData): NamedChart[] {
  const texts = pictureTexts[data.language];
  const { confusion, curves, regression, learningCurve, rows } = data;
  const charts: NamedChart[] = [];
  if (confusion !== null) {
    const chart = confusionMatrixChart(confusion.labels, confusion.matrix, texts);
    charts.push({ name: 'confusion_matrix', title: texts.confusionMatrix, chart });
  }
  if (curves !== null && curves.length > 0) {
    const chart = rocCurveChart(byFrequency(curves, confusion), rows, texts);
    charts.push({ name: 'roc_curve', title: texts.rocCurve, chart });
  }
  if (regression !== null) {
    charts.push({ name: 'residuals', title: texts.residuals, chart: residualsChart(regression, texts) });
    charts.push({
      name: 'predicted_actual',
      title: texts.predictedActual,
      chart: predictedActualChart(regression, texts),
    });
  }
  if (learningCurve !== null) {
    charts.push({
      name: 'learning_curve',
      title: texts.learningCurve,
      chart: learningCurveChart(learningCurve, texts),
    });
  }
  return charts;
}

/** Draws every picture that the data allows as SVG and PNG. */
export function drawPictures(data: PictureData): Picture[] {
  return drawCharts(data).map(({ name, title, chart }) => {
    const svg = renderSvg(chart);
    return { name, title, svg, png: renderPng(svg) };
  });
}

/** The picture shows ten curves at most: those of the most frequent classes, in class order. */
function byFrequency(
  curves: NonNullable<PictureData['curves']>,
  confusion: PictureData['confusion'],
): NonNullable<PictureData['curves']> {
  if (curves.length <= 10 || confusion === null) return curves;
  const support = new Map(
    confusion.labels.map((label, id) => [label, (confusion.matrix[id] ?? []).reduce((sum, count) => sum + count, 0)]),
  );
  return curves.toSorted((a, b) => (support.get(b.label) ?? 0) - (support.get(a.label) ?? 0));
}
