import type { ColumnProfile, DataProfile } from '../../../contracts/data.js';

/** A figure in both versions; null where a version has none. */
interface Change {
  statistic: string;
  from: number | string | null;
  to: number | string | null;
}

interface ColumnDiff {
  name: string;
  changes: Change[];
  /** Among the most frequent values (complete for up to 100 different ones). */
  new_values: string[];
  gone_values: string[];
}

function figures(column: ColumnProfile): [string, number | string | null][] {
  return [
    ['missing_ratio', column.missing_ratio],
    ['distinct', column.distinct],
    ['min', column.min],
    ['max', column.max],
    ['mean', column.numeric?.mean ?? null],
    ['std', column.numeric?.std ?? null],
    ['median', column.numeric?.median ?? null],
  ];
}

function valuesMissingIn(from: ColumnProfile, to: ColumnProfile): string[] {
  // Only complete lists can say that a value is not there.
  if (to.top_values.length !== to.distinct || from.kind !== 'categorical') return [];
  const known = new Set(to.top_values.map(({ value }) => value));
  return from.top_values.map(({ value }) => value).filter((value) => !known.has(value));
}

function diffColumn(from: ColumnProfile, to: ColumnProfile): ColumnDiff | null {
  const after = new Map(figures(to));
  const changes = figures(from)
    .map(([statistic, value]) => ({ statistic, from: value, to: after.get(statistic) ?? null }))
    .filter((each) => each.from !== each.to);
  const diff = {
    name: to.name,
    changes,
    new_values: valuesMissingIn(to, from),
    gone_values: valuesMissingIn(from, to),
  };
  return changes.length + diff.new_values.length + diff.gone_values.length > 0 ? diff : null;
}

/** What changed between two versions of a dataset, told from their profiles. */
export function diffProfiles(from: DataProfile, to: DataProfile) {
  const before = new Map(from.columns.map((column) => [column.name, column]));
  const after = new Map(to.columns.map((column) => [column.name, column]));
  const both = to.columns.flatMap((column) => {
    const old = before.get(column.name);
    return old === undefined ? [] : [{ old, column }];
  });
  return {
    same_rows: from.content_digest === to.content_digest,
    rows: { from: from.rows, to: to.rows, difference: to.rows - from.rows },
    schema: {
      added: to.columns.filter(({ name }) => !before.has(name)).map(({ name, type }) => ({ name, type })),
      removed: from.columns.filter(({ name }) => !after.has(name)).map(({ name, type }) => ({ name, type })),
      changed: both
        .filter(({ old, column }) => old.type !== column.type)
        .map(({ old, column }) => ({ name: column.name, from: old.type, to: column.type })),
    },
    columns: both.flatMap(({ old, column }) => diffColumn(old, column) ?? []),
  };
}
