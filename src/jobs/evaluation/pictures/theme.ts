/** Colours that stay apart for every kind of colour vision (Okabe and Ito). */
export const palette = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#882255',
  '#44AA99',
  '#999933',
  '#555555',
] as const;

export const ink = '#1f2933';
export const faintInk = '#52606d';
const gridLine = '#e4e7eb';
export const referenceLine = '#7b8794';

/** Font of the PNG files; an SVG falls back to what the reader has. */
export const fontFamily = 'BIZ UDPGothic, Noto Sans JP, Hiragino Sans, Yu Gothic, Helvetica, Arial, sans-serif';

/** Background, fonts and no animation: what every picture shares. */
export const baseOption: Record<string, unknown> = {
  animation: false,
  backgroundColor: '#ffffff',
  color: [...palette],
  textStyle: { fontFamily, fontSize: 14, color: ink },
};

/** Title and one line below it. */
export function titleOption(text: string, subtext: string): object {
  return {
    text,
    subtext,
    left: 'center',
    top: 14,
    itemGap: 8,
    textStyle: { fontFamily, fontSize: 20, fontWeight: 'bold', color: ink },
    subtextStyle: { fontFamily, fontSize: 14, color: faintInk },
  };
}

/** An axis of numbers with its name in the middle and outside of the labels. */
export function axisOption(name: string, nameGap: number, extra: object = {}): object {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { fontFamily, fontSize: 15, color: ink },
    axisLabel: { fontFamily, fontSize: 13, color: faintInk, hideOverlap: true },
    // At the edge, also where the other axis passes zero in the middle: a line through the cloud says nothing.
    axisLine: { show: true, onZero: false, lineStyle: { color: faintInk } },
    axisTick: { show: true },
    splitLine: { lineStyle: { color: gridLine } },
    ...extra,
  };
}

/** A foreign name, short enough for an axis or a legend. */
export function shorten(name: string, maxLength: number): string {
  const letters = [...name];
  return letters.length <= maxLength ? name : `${letters.slice(0, maxLength - 1).join('')}…`;
}
