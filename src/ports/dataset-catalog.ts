export interface DatasetVersion {
  datasetId: string;
  /** Semantic version `1.0.0`: major = columns or types changed, minor = rows changed, patch = metadata only. */
  version: string;
  /** SHA-256 of the raw bytes. */
  digest: string;
  /** Object key of the raw bytes; the same bytes have the same key. */
  rawKey: string;
  format: 'csv' | 'parquet' | 'json';
  bytes: number;
  rows: number;
  columns: { name: string; type: string }[];
  /** File name or URL that it came from, for people. */
  source: string;
  /** Object key of the profile (statistics, quality report) as JSON. */
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
