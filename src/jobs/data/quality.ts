import type { ColumnProfile, DataProfile, QualityCheck, QualityReport } from '../../contracts/data.js';
import type { Language } from '../../contracts/request.js';
import { maxCategories } from './column-kind.js';
import { qualityMessages, type QualityMessages } from './quality-messages.js';

/** Fewer rows than this are refused. */
export const minimumRows = 50;
/** Share of missing values above which a column is warned of. */
const missingLimit = 0.3;
const outlierLimit = 0.05;

interface ColumnRule {
  check: string;
  /** Figure and message for a column that is to be warned of; null for one that is fine. */
  find: (column: ColumnProfile, rows: number) => { value: number; message: string } | null;
  fine: string;
}

const present = (column: ColumnProfile, rows: number) => rows - column.missing;

/** Columns that hold too little, or too much of one thing. */
function contentRules(words: QualityMessages): ColumnRule[] {
  return [
    {
      check: 'all_missing',
      find: (column, rows) => (present(column, rows) === 0 ? { value: 1, message: words.allMissing } : null),
      fine: words.noAllMissing,
    },
    {
      check: 'missing_values',
      find: (column, rows) =>
        present(column, rows) > 0 && column.missing_ratio > missingLimit
          ? { value: column.missing_ratio, message: words.missing(column.missing_ratio) }
          : null,
      fine: words.noMissing(missingLimit),
    },
    {
      check: 'constant_column',
      find: (column, rows) =>
        column.constant && present(column, rows) > 0 ? { value: 1, message: words.constant } : null,
      fine: words.noConstant,
    },
    {
      check: 'identifier_column',
      find: (column) => (column.kind === 'identifier' ? { value: column.distinct, message: words.identifier } : null),
      fine: words.noIdentifier,
    },
  ];
}

/** Columns whose values are not what a model takes. */
function valueRules(words: QualityMessages): ColumnRule[] {
  return [
    {
      check: 'high_cardinality',
      find: (column) =>
        column.kind === 'categorical' && column.distinct > maxCategories
          ? { value: column.distinct, message: words.cardinality(column.distinct) }
          : null,
      fine: words.noCardinality(maxCategories),
    },
    {
      check: 'mixed_types',
      find: (column) => {
        const ratio = column.numeric_like_ratio ?? 0;
        return ratio >= 0.5 && ratio < 1 ? { value: ratio, message: words.mixed(ratio) } : null;
      },
      fine: words.noMixed,
    },
    {
      check: 'unused_kind',
      find: (column) =>
        column.kind === 'datetime' || column.kind === 'text'
          ? { value: column.distinct, message: words.unusedKind(column.kind) }
          : null,
      fine: words.noUnusedKind,
    },
    {
      check: 'outliers',
      find: (column, rows) => {
        const ratio = (column.numeric?.outliers_iqr ?? 0) / Math.max(1, present(column, rows));
        // Two values are a yes and a no: the rarer one is no outlier.
        return column.kind === 'numeric' && column.distinct > 2 && ratio > outlierLimit
          ? { value: ratio, message: words.outliers(ratio) }
          : null;
      },
      fine: words.noOutliers(outlierLimit),
    },
  ];
}

/** Checks of a dataset as it is, without a target. */
export function datasetChecks(
  profile: Pick<DataProfile, 'rows' | 'duplicate_rows' | 'columns'>,
  language: Language,
): QualityCheck[] {
  const words = qualityMessages(language);
  const few = profile.rows < minimumRows;
  const ratio = profile.duplicate_rows / Math.max(1, profile.rows);
  const checks: QualityCheck[] = [
    {
      check: 'row_count',
      column: null,
      status: few ? 'fail' : 'pass',
      value: profile.rows,
      message: few ? words.fewRows(profile.rows, minimumRows) : words.rows(profile.rows),
    },
    {
      check: 'duplicate_rows',
      column: null,
      status: profile.duplicate_rows > 0 ? 'warn' : 'pass',
      value: profile.duplicate_rows,
      message: profile.duplicate_rows > 0 ? words.duplicates(profile.duplicate_rows, ratio) : words.noDuplicates,
    },
  ];
  for (const rule of [...contentRules(words), ...valueRules(words)]) {
    const found = profile.columns.flatMap((column) => {
      const finding = rule.find(column, profile.rows);
      return finding === null ? [] : [{ check: rule.check, column: column.name, status: 'warn' as const, ...finding }];
    });
    checks.push(
      ...(found.length > 0
        ? found
        : [{ check: rule.check, column: null, status: 'pass' as const, value: null, message: rule.fine }]),
    );
  }
  return checks;
}

/** A report of checks; its status is the worst of theirs. */
export function reportOf(profile: Pick<DataProfile, 'rows' | 'columns'>, checks: QualityCheck[]): QualityReport {
  const worst = (['fail', 'warn'] as const).find((status) => checks.some((each) => each.status === status)) ?? 'pass';
  return { format: 1, status: worst, rows: profile.rows, columns: profile.columns.length, checks };
}

const escaped: Record<string, string> = {
  '|': '\\|',
  '\n': ' ',
  '\r': ' ',
  '<': '&lt;',
  '>': '&gt;',
  '`': "'",
  '@': '@\u200B',
};

/** Foreign text inside a Markdown table: no new cell, no HTML, no mention, at most 60 characters. */
export function cell(value: string): string {
  const short = value.length > 60 ? `${value.slice(0, 59)}...` : value;
  return short.replaceAll(/[|\n\r<>`@]/g, (char) => escaped[char] ?? '').replaceAll(/([\\*[\]])(?!\|)/g, '\\$1');
}

const figure = (value: number | string | null | undefined) =>
  value === null || value === undefined
    ? ''
    : typeof value === 'number'
      ? String(Number(value.toPrecision(6)))
      : cell(value);

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function columnRow(column: ColumnProfile): string[] {
  const top = column.top_values[0];
  return [
    cell(column.name),
    column.type,
    column.kind,
    `${(column.missing_ratio * 100).toFixed(1)} %`,
    `${column.distinct_exact ? '' : '~'}${column.distinct}`,
    figure(column.min),
    figure(column.numeric?.median),
    figure(column.max),
    top === undefined ? '' : `${cell(top.value)} (${top.count})`,
  ];
}

/** `quality_report.md`: the checks, worst first, then one line a column. */
export function qualityMarkdown(report: QualityReport, columns: readonly ColumnProfile[], language: Language): string {
  const words = qualityMessages(language);
  const order = { fail: 0, warn: 1, pass: 2 };
  const checks = report.checks.toSorted((a, b) => order[a.status] - order[b.status]);
  const rows = checks.map((each) => [
    each.check,
    cell(each.column ?? ''),
    words.status[each.status],
    each.message.replaceAll('|', '\\|'),
  ]);
  return [
    `# ${words.title}`,
    '',
    `**${words.status[report.status]}** - ${words.summary(report.rows, report.columns)}`,
    '',
    ...table(words.header, rows),
    '',
    `## ${words.columnsTitle}`,
    '',
    ...table(words.columnsHeader, columns.map(columnRow)),
    '',
  ].join('\n');
}
