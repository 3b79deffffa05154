import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../../src/root.js';
import type { Usage } from './harness.js';
import { startPostgres, type Postgres } from './postgres.js';
import { startEngine, type EngineProcess } from './process.js';

/** An engine that takes part, or why it does not. */
export interface Contender {
  name: string;
  /** Null: takes part. Otherwise why it was left out, or what broke it. */
  absent: string | null;
  start(): Promise<EngineProcess>;
  /** Where its database of that name is, for `open`. */
  database(name: string): string;
  /** Bytes of the closed database, without the log that is reused. */
  bytes(name: string): number;
  /** What works for it beside its own process; null: nothing, or not to be seen. */
  besides(): Usage | null;
}

const peersFolder = join(projectRoot, 'bench', 'peers');

/** Node 24 from npm where the lock file has it for this platform, or this Node where it is new enough for `node:sqlite`. */
function nodeForPeers(): string | null {
  const packaged = join(peersFolder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13) ? process.execPath : null;
}

function onSqlite(folder: string, name: string, program: string, node: string): Contender {
  const database = (one: string): string => join(folder, `${name.toLowerCase()}-${one}.db`);
  return {
    name,
    absent: null,
    start: () => startEngine(program, node),
    database,
    bytes: (one) => statSync(database(one)).size,
    besides: () => null,
  };
}

/** On the same Node as the others: what is compared are engines, not versions of V8. */
export function dandori(folder: string): Contender {
  const program = join(projectRoot, 'dist-bench', 'bench', 'peers', 'dandori.js');
  return onSqlite(folder, 'Dandori', program, nodeForPeers() ?? process.execPath);
}

function leftOut(name: string, absent: string): Contender {
  const refuse = (): never => {
    throw new Error(absent);
  };
  return { name, absent, start: refuse, database: refuse, bytes: refuse, besides: () => null };
}

function onPostgres(name: string, program: string, node: string, postgres: Postgres): Contender {
  return {
    name,
    absent: null,
    start: () => startEngine(program, node),
    database: (one) => {
      const known = postgres.query('postgres', `SELECT 1 FROM pg_database WHERE datname = '${one}'`);
      if (known === '') postgres.query('postgres', `CREATE DATABASE ${one}`);
      return postgres.url(one);
    },
    bytes: (one) => Number(postgres.query('postgres', `SELECT pg_database_size('${one}')`)),
    besides: () => postgres.usage(),
  };
}

/** `openworkflow 0.10.1`, as it is installed; null when it is not. */
function installed(packageName: string): string | null {
  try {
    const path = join(peersFolder, 'node_modules', packageName, 'package.json');
    return (createRequire(import.meta.url)(path) as { version: string }).version;
  } catch {
    return null;
  }
}

function openWorkflow(folder: string): Contender {
  const version = installed('openworkflow');
  const node = nodeForPeers();
  if (version === null) return leftOut('OpenWorkflow', 'openworkflow is not installed');
  if (node === null) return leftOut('OpenWorkflow', 'it needs Node 22.13 or newer');
  return onSqlite(folder, `OpenWorkflow ${version}`, join(peersFolder, 'openworkflow.mjs'), node);
}

async function dbos(): Promise<Contender> {
  const version = installed('@dbos-inc/dbos-sdk');
  if (version === null) return leftOut('DBOS', '@dbos-inc/dbos-sdk is not installed');
  try {
    const postgres = await startPostgres();
    return onPostgres(`DBOS ${version}`, join(peersFolder, 'dbos.mjs'), nodeForPeers() ?? process.execPath, postgres);
  } catch (error) {
    return leftOut('DBOS', error instanceof Error ? error.message : String(error));
  }
}

/** The engines that Dandori is measured beside; what cannot be had here is there with the reason. */
export async function peers(folder: string): Promise<Contender[]> {
  return [openWorkflow(folder), await dbos()];
}
