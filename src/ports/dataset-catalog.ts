export interface DatasetVersion {
  datasetId: string;
  /** Semantic version `1.0.0`: major = columns or types changed, minor = rows changed, patch = the same rows in other bytes. */
  version: string;
  /** SHA-256 of the raw bytes. */
  digest: string;
  /** SHA-256 of the typed rows: equal for the same rows written in another way. */
  contentDigest: string;
  /** Object key of the raw bytes; the same bytes have the same key. */
  rawKey: string;
  format: 'csv' | 'parquet' | 'json';
  bytes: number;
  rows: number;
  columns: { name: string; type: string }[];
  /** File name or URL that it came from, for people. */
  source: string;
  /** Object key of the typed rows as Parquet. */
  dataKey: string;
  /** Object key of the profile (statistics) as JSON; `quality_report.json` and `expectations.json` lie beside it. */
  profileKey: string;
  createdAt: string;
}

/** Names, versions and schemas of datasets (AWS: Glue Data Catalog). */
export interface DatasetCatalog {
  /** Adds a version; the same digest as an existing version of the dataset answers that one and adds nothing. */
  addVersion(params: Omit<DatasetVersion, 'version' | 'createdAt'>): Promise<DatasetVersion>;
  /** `not_found` names the nearest known ids. Without `version` the checked-out one, else the newest. */
  getVersion(params: { datasetId: string; version?: string }): Promise<DatasetVersion>;
  /** Oldest first. */
  listVersions(params: { datasetId: string }): Promise<DatasetVersion[]>;
  listDatasets(): Promise<{ datasetId: string; latest: DatasetVersion; current: string; versions: number }[]>;
  /** Makes `version` the one that requests without a version use. */
  checkout(params: { datasetId: string; version: string }): Promise<DatasetVersion>;
}

/** The number of the version after `previous` (null: none yet); every adapter numbers by this rule. */
export function nextDatasetVersion(
  previous: Pick<DatasetVersion, 'version' | 'columns' | 'contentDigest'> | null,
  next: Pick<DatasetVersion, 'columns' | 'contentDigest'>,
): string {
  if (previous === null) return '1.0.0';
  const [major = 0, minor = 0, patch = 0] = previous.version.split('.').map(Number);
  const schema = (columns: DatasetVersion['columns']) => JSON.stringify(columns.map(({ name, type }) => [name, type]));
  if (schema(previous.columns) !== schema(next.columns)) return `${major + 1}.0.0`;
  return previous.contentDigest === next.contentDigest ? `${major}.${minor}.${patch + 1}` : `${major}.${minor + 1}.0`;
}
