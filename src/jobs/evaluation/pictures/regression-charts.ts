import type { Chart } from './render.js';
import type { PictureTexts } from './texts.js';
import { axisOption, baseOption, fontFamily, ink, palette, shorten, titleOption } from './theme.js';

/** Points drawn; more make a larger file, not a clearer picture. */
const maxPoints = 1000;

export interface RegressionPoints {
  target: string;
  truth: Float64Array;
  predicted: Float64Array;
}

/** Residuals over predictions: a cloud around zero is what one wants. */
export function residualsChart({ target, truth, predicted }: RegressionPoints, texts: PictureTexts): Chart {
  const rows = sampleRows(truth.length);
  const points = rows.map((row): [number, number] => [predicted[row] ?? 0, (truth[row] ?? 0) - (predicted[row] ?? 0)]);
  const [low, high] = range(points.map((point) => point[0]));
  const name = shorten(target, 30);
  return scatter({
    title: titleOption(texts.residuals, `${texts.residualsNote} · ${texts.sampled(rows.length, truth.length)}`),
    x: axisOption(texts.predicted(name), 40, { scale: true, axisLabel }),
    y: axisOption(`${texts.residual} (${name})`, 74, { scale: true, axisLabel }),
    points,
    line: {
      name: '',
      ends: [
        [low, 0],
        [high, 0],
      ],
    },
  });
}

/** Predictions over the truth, with the line on which they agree. */
export function predictedActualChart({ target, truth, predicted }: RegressionPoints, texts: PictureTexts): Chart {
  const rows = sampleRows(truth.length);
  const points = rows.map((row): [number, number] => [truth[row] ?? 0, predicted[row] ?? 0]);
  const [low, high] = range(points.flat());
  const name = shorten(target, 30);
  return scatter({
    title: titleOption(texts.predictedActual, texts.sampled(rows.length, truth.length)),
    x: axisOption(texts.actual(name), 40, { scale: true, axisLabel }),
    y: axisOption(texts.predicted(name), 74, { scale: true, axisLabel }),
    points,
    line: {
      name: texts.perfect,
      ends: [
        [low, low],
        [high, high],
      ],
    },
  });
}

const axisLabel = {
  fontFamily,
  fontSize: 13,
  formatter: (value: number) => value.toLocaleString('en-US'),
  hideOverlap: true,
};

interface Scatter {
  title: object;
  x: object;
  y: object;
  points: [number, number][];
  line: { name: string; ends: [number, number][] };
}

function scatter({ title, x, y, points, line }: Scatter): Chart {
  return {
    width: 860,
    height: 700,
    option: {
      ...baseOption,
      title,
      ...(line.name === ''
        ? {}
        : {
            legend: {
              data: [line.name],
              left: 120,
              top: 100,
              backgroundColor: 'rgba(255,255,255,0.88)',
              itemWidth: 34,
              itemStyle: { opacity: 0 },
              textStyle: { fontFamily, fontSize: 14, color: ink },
            },
          }),
      grid: { left: 110, right: 44, top: 92, bottom: 80 },
      xAxis: x,
      yAxis: y,
      series: [
        { type: 'scatter', symbolSize: 6, itemStyle: { color: palette[0], opacity: 0.4 }, data: points },
        {
          name: line.name,
          type: 'line',
          showSymbol: false,
          symbol: 'none',
          lineStyle: { width: 2.5, type: 'dashed', color: palette[1] },
          itemStyle: { color: palette[1] },
          data: line.ends,
        },
      ],
    },
  };
}

/** Evenly spaced rows: the same ones every time. */
function sampleRows(count: number): number[] {
  const shown = Math.min(count, maxPoints);
  return Array.from({ length: shown }, (_, index) => Math.floor((index * count) / shown));
}

function range(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}
