import { localTime, renderTable } from '../table.js';

interface VersionView {
  dataset_id: string;
  version: string;
  rows: number;
  columns: number;
  digest: string;
  source: string;
  created_at: string;
}

/** Answer of `load_dataset`, as far as it is shown. */
export type Added = VersionView & {
  already_known: boolean;
  quality: { status: string; warnings: number; failures: number };
};

/** Answer of `list_datasets`, as far as it is shown. */
export interface Listing {
  datasets: { dataset_id: string; current: string; versions: number; latest: VersionView }[];
  versions: (VersionView & { current: boolean; splits: { split_id: string }[] })[] | null;
}

type Figure = number | string | null;

/** Answer of `diff_datasets`. */
export interface Diff {
  dataset_id: string;
  from: string;
  to: string;
  same_rows: boolean;
  rows: { from: number; to: number; difference: number };
  schema: {
    added: { name: string; type: string }[];
    removed: { name: string; type: string }[];
    changed: { name: string; from: string; to: string }[];
  };
  columns: {
    name: string;
    changes: { statistic: string; from: Figure; to: Figure }[];
    new_values: string[];
    gone_values: string[];
  }[];
}

const few = (values: string[], most = 8): string =>
  values.length <= most ? values.join(', ') : `${values.slice(0, most).join(', ')} and ${values.length - most} more`;

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

export function addedText(added: Added): string {
  const { dataset_id: id, version, rows, columns, digest, quality } = added;
  const known = added.already_known ? ' (these bytes were known already)' : '';
  return [
    `${id} ${version}: ${rows} rows, ${columns} columns, digest ${digest.slice(0, 12)}${known}`,
    `quality: ${quality.status}, ${count(quality.warnings, 'warning')}, ${count(quality.failures, 'failure')}`,
  ].join('\n');
}

export function listText({ datasets, versions }: Listing): string {
  if (versions !== null) {
    const rows = versions.map((one) => [
      one.version,
      one.current ? 'current' : '',
      String(one.rows),
      one.digest.slice(0, 12),
      one.source,
      localTime(one.created_at),
      few(
        one.splits.map(({ split_id: id }) => id),
        3,
      ) || '-',
    ]);
    return renderTable([['version', '', 'rows', 'digest', 'source', 'created', 'splits'], ...rows]);
  }
  if (datasets.length === 0) return 'No datasets yet. Add one: npx dandori data add churn examples/churn/churn.csv';
  const rows = datasets.map((one) => [one.dataset_id, one.current, String(one.versions), String(one.latest.rows)]);
  return renderTable([['dataset_id', 'current', 'versions', 'rows of the newest'], ...rows]);
}

const shown = (value: Figure): string =>
  typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(6) : String(value ?? '-');

export function diffText(diff: Diff): string {
  const { schema, rows, columns } = diff;
  const sign = rows.difference > 0 ? '+' : '';
  const figures = columns.flatMap(({ name, changes }) =>
    changes.map(({ statistic, from, to }) => [name, statistic, shown(from), shown(to)]),
  );
  const values = columns.flatMap(({ name, new_values: added, gone_values: gone }) => [
    ...(added.length === 0 ? [] : [`${name}: new values ${few(added)}`]),
    ...(gone.length === 0 ? [] : [`${name}: gone values ${few(gone)}`]),
  ]);
  const lines = [
    `${diff.dataset_id} ${diff.from} -> ${diff.to}: rows ${rows.from} -> ${rows.to} (${sign}${rows.difference})${diff.same_rows ? ', the same rows' : ''}`,
    ...schema.added.map(({ name, type }) => `+ column ${name} (${type})`),
    ...schema.removed.map(({ name, type }) => `- column ${name} (${type})`),
    ...schema.changed.map(({ name, from, to }) => `~ column ${name}: ${from} -> ${to}`),
    ...values,
  ];
  const table =
    figures.length === 0 ? [] : ['', renderTable([['column', 'statistic', diff.from, diff.to], ...figures])];
  return [...lines, ...table].join('\n');
}
