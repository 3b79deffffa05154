import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DandoriError } from '../../../errors.js';
import { failure } from '../../../messages/failures.js';
import { runFailures } from '../../../messages/run-failures.js';
import type { JobRequest } from '../../../ports/job-platform.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { isKeySegment } from '../object-store.js';
import type { JobFolder } from './folder.js';

const MAX_FILES = 10_000;

function refuse(path: string, why: 'name' | 'link' | 'device' | number): DandoriError {
  return failure('job_failed', runFailures.outputRefused({ path, why }));
}

/** Relative paths of the regular files below a folder, sorted; links, devices and odd names are `job_failed`. */
async function outputFiles(folder: string, prefix = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => [])) {
    const path = `${prefix}${entry.name}`;
    // Editors and tools leave hidden folders behind; they are nobody's result.
    if (entry.name.startsWith('.')) continue;
    if (!isKeySegment(entry.name)) throw refuse(path, 'name');
    if (entry.isDirectory()) found.push(...(await outputFiles(folder, `${path}/`)));
    else if (entry.isFile()) found.push(path);
    else throw refuse(path, entry.isSymbolicLink() ? 'link' : 'device');
    if (found.length > MAX_FILES) throw refuse(path, MAX_FILES);
  }
  return found.sort();
}

/** Stores `model/` and `output/data/` below the job's prefix; doing it again stores the same. */
export async function storeOutputs(request: JobRequest, folder: JobFolder, objects: ObjectStore): Promise<void> {
  const trees = [
    { from: join(folder.ml, 'model'), to: `${request.outputPrefix}/model` },
    { from: join(folder.ml, 'output', 'data'), to: `${request.outputPrefix}/output` },
  ];
  for (const { from, to } of trees) {
    for (const path of await outputFiles(from)) {
      // Nobody writes it any more; read-only files are linked into the store instead of copied.
      await chmod(join(from, path), 0o444);
      await objects.putFile({ key: `${to}/${path}`, path: join(from, path) });
    }
  }
}

/** Keeps the log under `logs/{training_id}/{log_name}.log`. */
export async function storeLog(request: JobRequest, folder: JobFolder, objects: ObjectStore): Promise<void> {
  await chmod(folder.log, 0o444);
  await objects.putFile({ key: `logs/${request.trainingId}/${request.logName}.log`, path: folder.log });
}

/** Frees the disk of what an ended job no longer needs; its log and its last state stay. */
export async function discardWork(folder: JobFolder): Promise<void> {
  for (const path of [folder.ml, folder.home, folder.temporary]) await rm(path, { recursive: true, force: true });
}
