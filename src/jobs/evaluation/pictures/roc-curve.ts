import type { Chart } from './render.js';
import type { PictureTexts } from './texts.js';
import { axisOption, baseOption, fontFamily, ink, palette, referenceLine, shorten, titleOption } from './theme.js';

export interface NamedCurve {
  label: string;
  auc: number | null;
  false_positive_rates: readonly number[];
  true_positive_rates: readonly number[];
}

const dashes = ['solid', 'dashed', 'dotted'] as const;

/** ROC curves with their AUC in the legend; of many classes the first ones given (they come by frequency). */
export function rocCurveChart(curves: readonly NamedCurve[], rows: number, texts: PictureTexts): Chart {
  const shown = curves.slice(0, palette.length);
  const lines = shown.map((curve, index) => curveLine(curve, index, shown.length > 1));
  const note = shown.length < curves.length ? ` · ${texts.largestClasses(shown.length, curves.length)}` : '';
  return {
    width: 760,
    height: 760,
    option: {
      ...baseOption,
      title: titleOption(texts.rocCurve, texts.testRows(rows) + note),
      legend: {
        data: [...lines.map((line) => line.name), texts.chance],
        orient: 'vertical',
        right: 52,
        bottom: 100,
        backgroundColor: 'rgba(255,255,255,0.88)',
        padding: 10,
        itemGap: 8,
        itemWidth: 34,
        itemStyle: { opacity: 0 },
        textStyle: { fontFamily, fontSize: 14, color: ink },
      },
      grid: { left: 84, right: 40, top: 92, bottom: 80 },
      xAxis: axisOption(texts.falsePositiveRate, 38, { min: 0, max: 1 }),
      yAxis: axisOption(texts.truePositiveRate, 52, { min: 0, max: 1 }),
      series: [...lines, chanceLine(texts.chance)],
    },
  };
}

/** The dash tells lines apart in grey print too. */
function curveLine(curve: NamedCurve, index: number, isOneOfMany: boolean) {
  const color = palette[index % palette.length];
  return {
    name: `${shorten(curve.label, 24)}  (AUC ${curve.auc === null ? '-' : curve.auc.toFixed(3)})`,
    type: 'line',
    showSymbol: false,
    symbol: 'none',
    lineStyle: { width: 3, type: isOneOfMany ? dashes[index % dashes.length] : 'solid', color },
    itemStyle: { color },
    data: curve.false_positive_rates.map((x, at) => [x, curve.true_positive_rates[at]]),
  };
}

function chanceLine(name: string) {
  return {
    name,
    type: 'line',
    showSymbol: false,
    symbol: 'none',
    lineStyle: { width: 1.5, type: 'dashed', color: referenceLine },
    itemStyle: { color: referenceLine },
    data: [
      [0, 0],
      [1, 1],
    ],
  };
}
