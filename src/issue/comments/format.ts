import type { Criterion, Judgement } from '../../contracts/evaluation.js';
import type { Language } from '../../contracts/request.js';
import type { HyperparameterValue } from '../../contracts/training.js';
import { commentMessages } from '../../messages/comments.js';
import { cellText, inlineCode } from '../../request/escape.js';

/** A figure for people: four significant digits; a dash for what is not there. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)));
}

/** A share 0..1 as percent. */
export function percent(value: number): string {
  return `${Number((value * 100).toPrecision(3))} %`;
}

/** A duration in its natural unit: `350 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds) || milliseconds < 0) return '-';
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const total = Math.round(seconds);
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
  if (total < 3600) return pair(Math.floor(total / 60), 'min', total % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** `f1_score >= 0.85`. */
export function criterionText({ metric, min, max }: Criterion): string {
  const bounds = [min === undefined ? [] : [`>= ${min}`], max === undefined ? [] : [`<= ${max}`]].flat();
  return `${metric} ${bounds.join(', ')}`.trim();
}

/** A hyperparameter or any other JSON value in the notation of YAML. */
export function yamlValue(value: HyperparameterValue): string {
  return typeof value === 'string' && /^[a-z_][\w-]*$/i.test(value) && !/^(true|false|null|yes|no)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

/** Rows of a Markdown table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** The judge's verdict, one row a criterion. */
export function verdictTable(judgement: Judgement, language: Language): string[] {
  const { operator: m, verdicts } = commentMessages[language];
  return table(
    [m.columnCriterion, m.columnValue, m.columnRequired, m.columnVerdict, m.columnNote],
    judgement.criteria.map(({ name, value, required, verdict, note }) => [
      inlineCode(name),
      figure(value),
      cellText(required),
      verdicts[verdict],
      cellText(note),
    ]),
  );
}

/** Lines with a blank one between the blocks; empty blocks are left out. */
export function blocks(...parts: readonly (readonly string[])[]): string {
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}
