import { inlineCode } from '../request/escape.js';

/** Foreign text as inline code; a dash for none. */
export function code(text: string): string {
  const shown = inlineCode(text, 200);
  return shown === '' ? '-' : shown;
}

/** `text` is Markdown already; what is no web address stands beside it. */
export function linked(text: string, url: string): string {
  const address = URL.canParse(url) ? new URL(url) : null;
  return address !== null && ['http:', 'https:'].includes(address.protocol)
    ? `[${text}](<${address.href}>)`
    : `${text} (${code(url)})`;
}

/** An amount of money; two digits that say something below a cent. */
export function usd(amount: number): string {
  const isSmall = amount > 0 && amount < 0.01;
  const options = isSmall ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `$${amount.toLocaleString('en-US', options)}`;
}

/** A figure for people: four significant decimals below 1,000, `-` for what could not be computed. */
export function number(value: number | null, options: { signed?: boolean } = {}): string {
  if (value === null || !Number.isFinite(value)) return '-';
  const rounded = Math.abs(value) >= 1000 ? Math.round(value * 100) / 100 : Number(value.toPrecision(4));
  return options.signed === true && rounded > 0 ? `+${rounded}` : String(rounded);
}

/** A mean and its deviation, both to the last digit of the mean's four: `0.5958 ± 0.0266`. */
export function meanText(mean: number | null, std: number | null): string {
  if (mean === null || std === null || !Number.isFinite(mean) || !Number.isFinite(std)) return number(mean);
  const [, decimals = ''] = /^-?\d+\.?(\d*)$/.exec(mean.toPrecision(4)) ?? [];
  return `${number(mean)} ± ${decimals === '' ? number(std) : Number(std.toFixed(decimals.length))}`;
}

/** A time to the second, e.g. `2026-01-31 09:30:00 UTC`. */
export function timeText(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}
