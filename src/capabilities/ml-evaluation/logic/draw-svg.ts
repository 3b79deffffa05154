import type { EvaluationResults } from '../../../contracts/evaluation.js';

/** SVG text of one picture. The drawing library is loaded on the first call: an idle server does without its memory. */
export async function drawSvg(data: {
  confusion: EvaluationResults['confusion_matrix'];
  curves: EvaluationResults['roc_curve'];
  rows: number;
  language: 'en' | 'ja';
}): Promise<string | null> {
  const { drawCharts } = await import('../../../jobs/evaluation/pictures/draw.js');
  const { renderSvg } = await import('../../../jobs/evaluation/pictures/render.js');
  const [first] = drawCharts({ ...data, learningCurve: null, regression: null });
  return first === undefined ? null : renderSvg(first.chart);
}
