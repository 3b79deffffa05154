import { createHash } from 'node:crypto';
import { slug } from '../contracts/run-ref.js';

const formats = { csv: 'csv', tsv: 'csv', parquet: 'parquet', json: 'json', jsonl: 'json', ndjson: 'json' } as const;
type FileFormat = 'csv' | 'parquet' | 'json';

/** Format of a data file by its name (`.gz` is looked through); null when the name does not say. */
export function formatOf(path: string): FileFormat | null {
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.entries(formats).find(([name]) => name === extension)?.[1] ?? null;
}

/** True for a path that a request may name: no scheme, no `..`, no control characters. Which folders count is decided where files are opened. */
export function isPlainPath(path: string): boolean {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001F\u007F]/.test(path) || /^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith('~')) return false;
  return !path.split(/[/\\]/).includes('..');
}

/** An id made of free text: `Wa_Churn 2.csv` gives `wa-churn-2-csv`; text without a usable letter gives `kind-` and a digest. */
export function slugOf(text: string, kind: string, maxLength = 63): string {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, maxLength)
    .replace(/-+$/, '');
  if (slug.safeParse(plain).success) return plain;
  return `${kind}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** Id of the dataset that a file becomes when the request names none: slug of the file's name without its extensions. */
export function datasetIdOf(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? path;
  return slugOf(name.replace(/(\.[a-z]+)?(\.gz)?$/i, '') || name, 'dataset');
}

/** Default name of a model: slug of dataset and target, once when they are the same; short enough for `-production` behind it. */
export function modelNameOf(datasetId: string, target: string): string {
  const targetSlug = slugOf(target, 'target');
  const name =
    targetSlug === datasetId || datasetId.endsWith(`-${targetSlug}`) ? datasetId : `${datasetId}-${targetSlug}`;
  return slugOf(name, 'model', 52);
}
