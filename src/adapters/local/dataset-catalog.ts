import { z } from 'zod';
import type { Database, SqlRow } from '../../db.js';
import { failure } from '../../messages/failures.js';
import { runFailures } from '../../messages/run-failures.js';
import { nextDatasetVersion, type DatasetCatalog, type DatasetVersion } from '../../ports/dataset-catalog.js';

const migrations = [
  `CREATE TABLE dataset_version (
    dataset_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (dataset_id, sequence),
    UNIQUE (dataset_id, version),
    UNIQUE (dataset_id, digest)
  );
  CREATE TABLE dataset_checkout (dataset_id TEXT PRIMARY KEY, version TEXT NOT NULL);
  `,
];

const document = z.object({
  datasetId: z.string(),
  version: z.string(),
  digest: z.string(),
  contentDigest: z.string(),
  dataKey: z.string(),
  rawKey: z.string(),
  profileKey: z.string(),
  format: z.enum(['csv', 'parquet', 'json']),
  bytes: z.number(),
  rows: z.number(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  source: z.string(),
  createdAt: z.string(),
});

const versionOf = (row: SqlRow): DatasetVersion => document.parse(JSON.parse(String(row['document'])));

/** Ids that share the most leading and trailing letters with `wanted`, at most 3. */
function nearest(wanted: string, known: readonly string[]): string[] {
  const likeness = (id: string) => {
    const letters = new Set(id);
    return [...new Set(wanted)].filter((letter) => letters.has(letter)).length - Math.abs(id.length - wanted.length);
  };
  return known.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, 3);
}

class SqliteCatalog implements DatasetCatalog {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  #versions(datasetId: string): DatasetVersion[] {
    return this.#db
      .all('SELECT document FROM dataset_version WHERE dataset_id = ? ORDER BY sequence', datasetId)
      .map(versionOf);
  }

  #ids(): string[] {
    return this.#db
      .all('SELECT DISTINCT dataset_id FROM dataset_version ORDER BY dataset_id')
      .map((row) => String(row['dataset_id']));
  }

  #existing(datasetId: string): [DatasetVersion, ...DatasetVersion[]] {
    const [first, ...rest] = this.#versions(datasetId);
    if (first !== undefined) return [first, ...rest];
    const known = nearest(datasetId, this.#ids());
    throw failure('not_found', runFailures.noDataset({ datasetId, known }));
  }

  #current(datasetId: string, versions: readonly [DatasetVersion, ...DatasetVersion[]]): DatasetVersion {
    const chosen = this.#db.first('SELECT version FROM dataset_checkout WHERE dataset_id = ?', datasetId)?.['version'];
    return versions.find(({ version }) => version === chosen) ?? versions.at(-1) ?? versions[0];
  }

  #find(datasetId: string, version: string): DatasetVersion {
    const versions = this.#existing(datasetId);
    const found = versions.find((each) => each.version === version);
    if (found !== undefined) return found;
    throw failure(
      'not_found',
      runFailures.noDatasetVersion({ datasetId, version, known: versions.map((each) => each.version) }),
    );
  }

  async addVersion(params: Omit<DatasetVersion, 'version' | 'createdAt'>): Promise<DatasetVersion> {
    return this.#db.transaction(() => {
      const versions = this.#versions(params.datasetId);
      const same = versions.find(({ digest }) => digest === params.digest);
      if (same !== undefined) return same;
      const version = nextDatasetVersion(versions.at(-1) ?? null, params);
      const added: DatasetVersion = { ...params, version, createdAt: this.#now().toISOString() };
      this.#db.run(
        'INSERT INTO dataset_version (dataset_id, sequence, version, digest, document) VALUES (?, ?, ?, ?, ?)',
        params.datasetId,
        versions.length + 1,
        version,
        params.digest,
        JSON.stringify(added),
      );
      // Whoever adds a version means to use it: an older checkout ends.
      this.#db.run('DELETE FROM dataset_checkout WHERE dataset_id = ?', params.datasetId);
      return added;
    });
  }

  async getVersion({ datasetId, version }: { datasetId: string; version?: string }): Promise<DatasetVersion> {
    if (version !== undefined) return this.#find(datasetId, version);
    return this.#current(datasetId, this.#existing(datasetId));
  }

  async listVersions({ datasetId }: { datasetId: string }): Promise<DatasetVersion[]> {
    return this.#existing(datasetId);
  }

  async listDatasets(): Promise<{ datasetId: string; latest: DatasetVersion; current: string; versions: number }[]> {
    return this.#ids().map((datasetId) => {
      const versions = this.#existing(datasetId);
      const current = this.#current(datasetId, versions).version;
      return { datasetId, latest: versions.at(-1) ?? versions[0], current, versions: versions.length };
    });
  }

  async checkout({ datasetId, version }: { datasetId: string; version: string }): Promise<DatasetVersion> {
    return this.#db.transaction(() => {
      const found = this.#find(datasetId, version);
      this.#db.run(
        'INSERT INTO dataset_checkout (dataset_id, version) VALUES (?, ?) ON CONFLICT (dataset_id) DO UPDATE SET version = excluded.version',
        datasetId,
        version,
      );
      return found;
    });
  }
}

/** The catalogue of datasets in SQLite. */
export function createLocalDatasetCatalog(options: { db: Database; now?: () => Date }): DatasetCatalog {
  options.db.migrate('dataset-catalog', migrations);
  return new SqliteCatalog(options.db, options.now ?? (() => new Date()));
}
