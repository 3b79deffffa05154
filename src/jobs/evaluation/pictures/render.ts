import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
// One file instead of the hundreds behind `echarts/core`: half a second less before every evaluation.
import * as echarts from 'echarts/dist/echarts.esm.min';

/** Widths of the bundled font, near enough to lay out titles and legends where there is no browser to measure them. */
function measureText(text: string, font = ''): { width: number } {
  const size = Number(/(\d+(?:\.\d+)?)px/.exec(font)?.[1] ?? 14);
  const widths = [...text].map((letter) => ((letter.codePointAt(0) ?? 0) >= 0x2e80 ? 1 : 0.62));
  return { width: size * widths.reduce((sum, width) => sum + width, 0) };
}

echarts.setPlatformAPI({ measureText });

/** A chart as data: what ECharts draws and how large, in CSS pixels. */
export interface Chart {
  option: echarts.EChartsCoreOption;
  width: number;
  height: number;
}

/** Draws a chart as SVG text, without a browser. */
export function renderSvg({ option, width, height }: Chart): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/** Files of the font that PNG text is drawn with (Latin and Japanese, OFL); [] when the package is not installed. */
export function fontFiles(): string[] {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/biz-udpgothic/package.json'));
    return ['400Regular/BIZUDPGothic_400Regular.ttf', '700Bold/BIZUDPGothic_700Bold.ttf']
      .map((file) => join(folder, file))
      .filter((path) => existsSync(path));
  } catch {
    return [];
  }
}

/** SVG -> PNG at twice the size, for sharp text; with the bundled font, so that every machine draws the same. */
export function renderPng(svg: string, fonts: readonly string[] = fontFiles()): Uint8Array {
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: {
      fontFiles: [...fonts],
      // Without the bundled font any text is better than none.
      loadSystemFonts: fonts.length === 0,
      defaultFontFamily: 'BIZ UDPGothic',
    },
  });
  return image.render().asPng();
}
