import type { Database, SqlRow } from '../../db.js';
import { DandoriError } from '../../errors.js';
import type { ApprovalStatus, ModelRegistry, ModelStage, ModelVersion } from '../../ports/model-registry.js';

const steps = [
  `CREATE TABLE model_version (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     model_name TEXT NOT NULL,
     version TEXT NOT NULL,
     training_id TEXT NOT NULL,
     approval_status TEXT NOT NULL,
     stage TEXT NOT NULL,
     package_prefix TEXT NOT NULL,
     digests TEXT NOT NULL,
     facts TEXT NOT NULL,
     metrics TEXT NOT NULL,
     description TEXT NOT NULL,
     created_at TEXT NOT NULL,
     UNIQUE (model_name, version)
   );
   CREATE TABLE model_alias (
     model_name TEXT NOT NULL,
     alias TEXT NOT NULL,
     version TEXT NOT NULL,
     PRIMARY KEY (model_name, alias),
     FOREIGN KEY (model_name, version) REFERENCES model_version (model_name, version)
   )`,
];

type NewVersion = Omit<ModelVersion, 'aliases' | 'createdAt'>;

function toVersion(db: Database, row: SqlRow): ModelVersion {
  const text = (name: string): string => String(row[name]);
  const aliases = db.all(
    'SELECT alias FROM model_alias WHERE model_name = ? AND version = ? ORDER BY alias',
    text('model_name'),
    text('version'),
  );
  // Only this module writes the table, so statuses, stages and JSON are as they were given.
  return {
    modelName: text('model_name'),
    version: text('version'),
    trainingId: text('training_id'),
    approvalStatus: text('approval_status') as ApprovalStatus,
    stage: text('stage') as ModelStage,
    aliases: aliases.map((one) => String(one['alias'])),
    packagePrefix: text('package_prefix'),
    digests: JSON.parse(text('digests')) as Record<string, string>,
    facts: JSON.parse(text('facts')) as Record<string, string>,
    metrics: JSON.parse(text('metrics')) as Record<string, number>,
    description: text('description'),
    createdAt: text('created_at'),
  };
}

const rowsOf = (db: Database, modelName: string): SqlRow[] =>
  db.all('SELECT * FROM model_version WHERE model_name = ? ORDER BY seq DESC', modelName);

function unknown(db: Database, modelName: string, asked: string): DandoriError {
  const versions = rowsOf(db, modelName).map((row) => String(row['version']));
  const aliases = db.all('SELECT alias FROM model_alias WHERE model_name = ? ORDER BY alias', modelName);
  const models = db.all('SELECT DISTINCT model_name FROM model_version ORDER BY model_name');
  const names = models.map((row) => String(row['model_name'])).slice(0, 20);
  const known =
    versions.length === 0
      ? `models ${names.join(', ') || '(none yet)'}`
      : `versions ${versions.slice(0, 20).join(', ')}; aliases ${aliases.map((row) => String(row['alias'])).join(', ') || '(none)'}`;
  return new DandoriError('not_found', `The model ${modelName} has no ${asked}.`, {
    allowed: known,
    next: 'choose one of these.',
  });
}

function find(db: Database, modelName: string, version: string): ModelVersion {
  const row = db.first('SELECT * FROM model_version WHERE model_name = ? AND version = ?', modelName, version);
  if (row === undefined) throw unknown(db, modelName, `version ${version}`);
  return toVersion(db, row);
}

function lookUp(db: Database, params: { modelName: string; version?: string; alias?: string }): ModelVersion {
  const { modelName, version, alias } = params;
  if (version !== undefined) return find(db, modelName, version);
  if (alias !== undefined) {
    const row = db.first('SELECT version FROM model_alias WHERE model_name = ? AND alias = ?', modelName, alias);
    if (row === undefined) throw unknown(db, modelName, `alias ${alias}`);
    return find(db, modelName, String(row['version']));
  }
  const newest = rowsOf(db, modelName)[0];
  if (newest === undefined) throw unknown(db, modelName, 'version');
  return toVersion(db, newest);
}

/** The digests without the folder, whose name holds the version: the same files are the same package. */
function contents(params: Pick<ModelVersion, 'digests' | 'packagePrefix'>): string {
  const prefix = `${params.packagePrefix}/`;
  const entries = Object.entries(params.digests).map(([key, sha256]) => {
    return [key.startsWith(prefix) ? key.slice(prefix.length) : key, sha256];
  });
  return JSON.stringify(entries.sort());
}

function insert(db: Database, params: NewVersion, at: string): void {
  if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(params.version)) {
    throw new DandoriError('invalid_input', `The model ${params.modelName} cannot have this version.`, {
      found: JSON.stringify(params.version),
      allowed: 'a semantic version such as 1.2.0',
    });
  }
  db.run(
    `INSERT INTO model_version (model_name, version, training_id, approval_status, stage, package_prefix, digests, facts,
       metrics, description, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    params.modelName,
    params.version,
    params.trainingId,
    params.approvalStatus,
    params.stage,
    params.packagePrefix,
    JSON.stringify(params.digests),
    JSON.stringify(params.facts),
    JSON.stringify(params.metrics),
    params.description,
    at,
  );
}

function register(db: Database, params: NewVersion, at: string): ModelVersion {
  return db.transaction(() => {
    const versions = rowsOf(db, params.modelName).map((row) => toVersion(db, row));
    const before = versions.find((one) => one.trainingId === params.trainingId && contents(one) === contents(params));
    if (before !== undefined) return before;
    if (versions.some((one) => one.version === params.version)) {
      throw new DandoriError(
        'already_exists',
        `The model ${params.modelName} has a version ${params.version} already.`,
        {
          found: `versions ${versions.map((one) => one.version).join(', ')}`,
          next: 'register it under the next version number.',
        },
      );
    }
    insert(db, params, at);
    return find(db, params.modelName, params.version);
  });
}

function moveAlias(
  db: Database,
  params: { modelName: string; version: string; alias: string },
  onChange: (trainingId: string) => void,
): ModelVersion {
  const { modelName, version, alias } = params;
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(alias)) {
    throw new DandoriError('invalid_input', `The model ${modelName} cannot have this alias.`, {
      found: JSON.stringify(alias.slice(0, 100)),
      allowed: 'a letter, then letters, digits, _ and -, at most 63 characters',
    });
  }
  find(db, modelName, version);
  const row = db.first('SELECT version FROM model_alias WHERE model_name = ? AND alias = ?', modelName, alias);
  const before = row === undefined ? null : String(row['version']);
  db.run('INSERT OR REPLACE INTO model_alias (model_name, alias, version) VALUES (?, ?, ?)', modelName, alias, version);
  const now = find(db, modelName, version);
  if (before === version) return now;
  if (before !== null) onChange(find(db, modelName, before).trainingId);
  onChange(now.trainingId);
  return now;
}

export interface LocalModelRegistryOptions {
  db: Database;
  now?: () => Date;
  /** Told of the runs whose version lost or got an alias. */
  onChange?: (trainingId: string) => void;
}

/** Model groups and versions in SQLite; the files of a package are in the object store. Nothing is ever removed: every generation is kept. */
export function createLocalModelRegistry(params: LocalModelRegistryOptions): ModelRegistry {
  const { db, now = () => new Date(), onChange = () => undefined } = params;
  db.migrate('model-registry', steps);
  const set = (
    column: 'approval_status' | 'stage',
    modelName: string,
    version: string,
    value: string,
  ): ModelVersion => {
    find(db, modelName, version);
    db.run(`UPDATE model_version SET ${column} = ? WHERE model_name = ? AND version = ?`, value, modelName, version);
    return find(db, modelName, version);
  };
  return {
    registerVersion: async (version) => register(db, version, now().toISOString()),
    getVersion: async (asked) => lookUp(db, asked),
    listVersions: async ({ modelName }) => rowsOf(db, modelName).map((row) => toVersion(db, row)),
    async listModels() {
      const rows = db.all(
        `SELECT model_name, count(*) AS versions, max(seq) AS newest FROM model_version GROUP BY model_name ORDER BY model_name`,
      );
      return rows.map((row) => ({
        modelName: String(row['model_name']),
        versions: Number(row['versions']),
        latest: String(db.first('SELECT version FROM model_version WHERE seq = ?', row['newest'] ?? null)?.['version']),
      }));
    },
    setApprovalStatus: async ({ modelName, version, status }) => set('approval_status', modelName, version, status),
    setStage: async ({ modelName, version, stage }) => set('stage', modelName, version, stage),
    setAlias: async (alias) => moveAlias(db, alias, onChange),
  };
}
