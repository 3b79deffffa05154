import type { Chart } from './render.js';
import type { PictureTexts } from './texts.js';
import { baseOption, faintInk, fontFamily, ink, shorten, titleOption } from './theme.js';

/** Beyond this many classes a cell has no room for its share, then none for its count. */
const maxClassesWithShare = 12;
const maxClassesWithCount = 25;

/** Heat map of (true, predicted): counts, and the share of the true class in per cent, which is also the colour. */
export function confusionMatrixChart(
  labels: readonly string[],
  matrix: readonly (readonly number[])[],
  texts: PictureTexts,
): Chart {
  const size = labels.length;
  const cell = size <= 4 ? 130 : size <= maxClassesWithShare ? 74 : size <= maxClassesWithCount ? 40 : 18;
  const names = labels.map((label) => shorten(label, 18));
  const longest = Math.max(...names.map((name) => textWidth(name)));
  const margin = { left: 70 + longest, right: 110, top: 92, bottom: 84 + (size > 4 ? longest * 0.7 : 0) };
  const rows = matrix.map((row) => row.reduce((sum, count) => sum + count, 0));
  const total = rows.reduce((sum, count) => sum + count, 0);
  const data = matrix.flatMap((row, truth) =>
    row.map((count, predicted) => ({ truth, predicted, count, share: rows[truth] ? count / rows[truth] : 0 })),
  );
  return {
    width: margin.left + margin.right + Math.max(size * cell, 280),
    height: margin.top + margin.bottom + size * cell,
    option: {
      ...baseOption,
      title: titleOption(texts.confusionMatrix, `${texts.testRows(total)} · ${texts.shareOfTrueClass}`),
      grid: { ...margin, containLabel: false },
      xAxis: categoryAxis(names, texts.predictedClass, size > 4 ? 40 + longest * 0.7 : 36, size > 4 ? 40 : 0),
      yAxis: { ...categoryAxis(names, texts.trueClass, longest + 26, 0), inverse: true },
      visualMap: {
        min: 0,
        max: 1,
        calculable: false,
        orient: 'vertical',
        right: 18,
        top: 'middle',
        itemHeight: 160,
        text: ['100 %', '0 %'],
        textStyle: { fontFamily, fontSize: 12, color: faintInk },
        inRange: { color: ['#f7fbff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'] },
      },
      series: [
        {
          type: 'heatmap',
          data: data.map((one) => cellOf(one, size)),
          itemStyle: { borderColor: '#ffffff', borderWidth: 2 },
        },
      ],
    },
  };
}

function categoryAxis(data: string[], name: string, nameGap: number, rotate: number): object {
  return {
    type: 'category',
    data,
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { fontFamily, fontSize: 15, color: ink },
    axisLabel: { fontFamily, fontSize: 13, color: ink, interval: 0, rotate },
    axisLine: { show: false },
    axisTick: { show: false },
  };
}

function cellOf(one: { truth: number; predicted: number; count: number; share: number }, size: number): object {
  const percent = `${(one.share * 100).toFixed(1)} %`;
  const count = one.count.toLocaleString('en-US');
  return {
    value: [one.predicted, one.truth, one.share],
    label: {
      show: size <= maxClassesWithCount,
      formatter: () => (size <= maxClassesWithShare ? `${count}\n${percent}` : count),
      fontFamily,
      fontSize: size <= 4 ? 18 : size <= maxClassesWithShare ? 14 : 11,
      lineHeight: size <= 4 ? 26 : 19,
      color: one.share > 0.65 ? '#ffffff' : ink,
    },
  };
}

/** Rough width in pixels at 13 px: full-width letters count double. */
function textWidth(text: string): number {
  return [...text].reduce((sum, letter) => sum + ((letter.codePointAt(0) ?? 0) > 0x2e80 ? 13 : 7.2), 0);
}
