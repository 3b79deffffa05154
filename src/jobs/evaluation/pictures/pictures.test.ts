import { describe, expect, it } from 'vitest';
import { drawCharts, drawPictures, type PictureData } from './draw.js';
import { fontFiles, renderPng, renderSvg } from './render.js';
import { shorten } from './theme.js';

const classes = (count: number) => Array.from({ length: count }, (_, id) => `class ${id}`);
const diagonal = (count: number) =>
  classes(count).map((_, row) => classes(count).map((__, column) => (row === column ? row + 1 : 0)));
const curve = (label: string) => ({
  label,
  auc: 0.75,
  false_positive_rates: [0, 0.5, 1],
  true_positive_rates: [0, 1, 1],
});

function dataOf(change: Partial<PictureData> = {}): PictureData {
  return { rows: 100, language: 'en', confusion: null, curves: null, learningCurve: null, regression: null, ...change };
}

/** Width and height in a PNG's header. */
function sizeOf(png: Uint8Array): [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

describe('drawPictures', () => {
  it('draws nothing of nothing', () => {
    expect(drawPictures(dataOf())).toEqual([]);
    expect(drawPictures(dataOf({ curves: [] }))).toEqual([]);
  });

  it('draws the SVG and the PNG of it at twice the size', () => {
    const [picture] = drawPictures(dataOf({ curves: [curve('Yes')] }));
    expect(picture?.svg).toMatch(/^<svg width="760" height="760"/);
    expect(sizeOf(picture?.png ?? new Uint8Array())).toEqual([1520, 1520]);
  });

  it.each([
    [2, /50\.0 %|100\.0 %/],
    [12, />12</],
    [25, />25</],
    [60, /class 59/],
  ])('draws a confusion matrix of %s classes', (count, wanted) => {
    const [chart] = drawCharts(dataOf({ confusion: { labels: classes(count), matrix: diagonal(count) } }));
    const svg = chart === undefined ? '' : renderSvg(chart.chart);
    expect(svg.replaceAll(/<\/?tspan[^>]*>/g, '')).toMatch(wanted);
  });

  it('draws a class without rows', () => {
    const [chart] = drawCharts(
      dataOf({
        confusion: {
          labels: ['a', 'b'],
          matrix: [
            [0, 0],
            [1, 2],
          ],
        },
      }),
    );
    expect(chart === undefined ? '' : renderSvg(chart.chart)).not.toMatch(/NaN|Infinity/);
  });

  it('shows the most frequent ten of many curves', () => {
    const confusion = { labels: classes(14), matrix: diagonal(14) };
    const [, chart] = drawCharts(dataOf({ confusion, curves: classes(14).map(curve) }));
    const svg = chart === undefined ? '' : renderSvg(chart.chart);
    expect(svg).toMatch(/the 10 most frequent of 14 classes/);
    expect(svg).toMatch(/class 13 {2}\(AUC 0\.750\)/);
    expect(svg).not.toMatch(/class 1 {2}\(AUC/);
  });

  it('leaves gaps where a learning curve has no score', () => {
    const learningCurve = {
      metric: 'f1_score',
      train_sizes: [10, 20],
      train_scores: [0.9, Number.NaN],
      validation_scores: [0.5],
    };
    const [chart] = drawCharts(dataOf({ learningCurve }));
    expect(chart === undefined ? '' : renderSvg(chart.chart)).not.toMatch(/NaN/);
  });

  it('draws the axes of a regression at the edge, though zero lies in its middle', () => {
    const points = Float64Array.from([-2, -1, 1, 2]);
    const charts = drawCharts(dataOf({ regression: { target: 'y', truth: points, predicted: points } }));
    expect(charts.map(({ name }) => name)).toEqual(['residuals', 'predicted_actual']);
    const atEdge = { axisLine: { onZero: false } };
    for (const { chart } of charts) expect(chart.option).toMatchObject({ xAxis: atEdge, yAxis: atEdge });
  });

  it('draws a regression whose target does not vary', () => {
    const regression = { target: 'price', truth: Float64Array.of(1, 1), predicted: Float64Array.of(1, 1) };
    const charts = drawCharts(dataOf({ regression, language: 'ja' }));
    expect(charts.map((one) => one.title)).toEqual(['残差', '予測値と実測値']);
    for (const { chart } of charts) expect(renderSvg(chart)).not.toMatch(/NaN|Infinity/);
  });

  it('escapes foreign names', () => {
    const [chart] = drawCharts(dataOf({ curves: [curve('<img src=x onerror=alert(1)>')] }));
    expect(chart === undefined ? '' : renderSvg(chart.chart)).not.toMatch(/<img/);
  });
});

describe('renderPng', () => {
  const svg = (text: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><text y="15" font-family="BIZ UDPGothic">${text}</text></svg>`;

  it('has a font for Latin and Japanese letters', () => {
    expect(fontFiles()).toHaveLength(2);
    expect(renderPng(svg('混同'))).not.toEqual(renderPng(svg('行列')));
    expect(renderPng(svg('ab'))).not.toEqual(renderPng(svg('')));
  });
});

describe('shorten', () => {
  it.each([
    ['short', 10, 'short'],
    ['a long name', 6, 'a lon…'],
    ['👍👍👍', 2, '👍…'],
  ])('%s to %s', (name, length, expected) => {
    expect(shorten(name, length)).toBe(expected);
  });
});
