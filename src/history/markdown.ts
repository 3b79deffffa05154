import { inlineCode } from '../request/escape.js';

/** Foreign text as inline code; a dash for none. */
export function code(text: string): string {
  const shown = inlineCode(text, 200);
  return shown === '' ? '-' : shown;
}

/** A figure for people: four significant decimals below 1,000, `-` for what could not be computed. */
export function number(value: number | null, options: { signed?: boolean } = {}): string {
  if (value === null || !Number.isFinite(value)) return '-';
  const rounded = Math.abs(value) >= 1000 ? Math.round(value * 100) / 100 : Number(value.toPrecision(4));
  return options.signed === true && rounded > 0 ? `+${rounded}` : String(rounded);
}
