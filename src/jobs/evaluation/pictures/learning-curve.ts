import type { TrainingReport } from '../../../contracts/training.js';
import type { Chart } from './render.js';
import type { PictureTexts } from './texts.js';
import { axisOption, baseOption, fontFamily, ink, palette, titleOption } from './theme.js';

export type LearningCurve = NonNullable<TrainingReport['learning_curve']>;

/** Score on training and on validation rows by number of training rows. */
export function learningCurveChart(curve: LearningCurve, texts: PictureTexts): Chart {
  const series = [
    { name: texts.onTraining, scores: curve.train_scores, symbol: 'rect', color: palette[1] },
    { name: texts.onValidation, scores: curve.validation_scores, symbol: 'circle', color: palette[0] },
  ];
  return {
    width: 900,
    height: 600,
    option: {
      ...baseOption,
      title: titleOption(texts.learningCurve, texts.learningCurveNote(curve.metric)),
      legend: {
        data: series.map((one) => one.name),
        top: 76,
        itemGap: 28,
        textStyle: { fontFamily, fontSize: 14, color: ink },
      },
      grid: { left: 96, right: 56, top: 122, bottom: 80 },
      xAxis: axisOption(texts.trainingRows, 40, {
        min: 0,
        axisLabel: { fontFamily, fontSize: 13, formatter: (value: number) => value.toLocaleString('en-US') },
      }),
      yAxis: axisOption(curve.metric, 62, { scale: true }),
      series: series.map(({ name, scores, symbol, color }) => ({
        name,
        type: 'line',
        symbol,
        symbolSize: 10,
        lineStyle: { width: 3, color },
        itemStyle: { color },
        data: curve.train_sizes.map((size, at) => [size, scores[at]]).filter((pair) => Number.isFinite(pair[1])),
      })),
    },
  };
}
