import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { DandoriError } from '../../../errors.js';
import type { JobRequest } from '../../../ports/job-platform.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { hasErrorCode } from '../atomic-file.js';
import { identifyProcess } from '../process.js';
import { jobFolder, type JobFolder } from './folder.js';
import type { SupervisorSpec } from './records.js';

const BUILDING = /^\.building-(\d+)-/;

async function writeJson(path: string, value: unknown): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(value, null, 2));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** An object as an input file: linked where that is possible (objects are read-only files), else copied. */
async function layObject(objects: ObjectStore, key: string, path: string): Promise<void> {
  const source = await objects.getFile({ key });
  await mkdir(dirname(path), { recursive: true });
  try {
    await link(source, path);
  } catch (error) {
    if (!hasErrorCode(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP')) throw error;
    await copyFile(source, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  }
}

/** A script folder is given as in a container (`/opt/ml/input/data/code`); here the tree is elsewhere. */
function localHyperparameters(request: JobRequest, ml: string): Record<string, string> {
  const given = request.hyperparameters['sagemaker_submit_directory'];
  if (given === undefined || !given.startsWith('/opt/ml/')) return request.hyperparameters;
  const path = resolve(ml, relative('/opt/ml', given));
  const inside = relative(ml, path);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new DandoriError('invalid_input', 'The script folder lies outside the job.', {
      found: given,
      allowed: '/opt/ml/...',
    });
  }
  return { ...request.hyperparameters, sagemaker_submit_directory: path };
}

async function layInputs(request: JobRequest, objects: ObjectStore, folder: JobFolder): Promise<void> {
  const channels = new Set([...Object.keys(request.channels), ...request.documents.map((one) => one.channel)]);
  for (const channel of channels) await mkdir(join(folder.ml, 'input', 'data', channel), { recursive: true });
  for (const [channel, files] of Object.entries(request.channels)) {
    for (const file of files)
      await layObject(objects, file.key, join(folder.ml, 'input', 'data', channel, file.fileName));
  }
  for (const one of request.documents) {
    await writeJson(join(folder.ml, 'input', 'data', one.channel, one.fileName), one.json);
  }
}

async function layConfig(request: JobRequest, folder: JobFolder, finalMl: string): Promise<void> {
  const config = join(folder.ml, 'input', 'config');
  const channel = { TrainingInputMode: 'File', S3DistributionType: 'FullyReplicated', RecordWrapperType: 'None' };
  const names = [...new Set([...Object.keys(request.channels), ...request.documents.map((one) => one.channel)])];
  await Promise.all([
    writeJson(join(config, 'hyperparameters.json'), localHyperparameters(request, finalMl)),
    writeJson(join(config, 'inputdataconfig.json'), Object.fromEntries(names.map((name) => [name, channel]))),
    writeJson(join(config, 'resourceconfig.json'), {
      current_host: 'algo-1',
      hosts: ['algo-1'],
      network_interface_name: 'lo',
      current_instance_type: 'local',
      current_group_name: 'homogeneousCluster',
      instance_groups: [{ instance_group_name: 'homogeneousCluster', instance_type: 'local', hosts: ['algo-1'] }],
    }),
  ]);
}

/**
 * Makes the attempt folder of a job aside and adopts it by one rename: it is there whole or not at all.
 * When another process was quicker, its folder stays.
 */
export async function buildJobFolder(params: {
  request: JobRequest;
  spec: SupervisorSpec;
  objects: ObjectStore;
  jobsDir: string;
  target: string;
}): Promise<void> {
  const aside = jobFolder(join(params.jobsDir, `.building-${process.pid}-${randomUUID()}`));
  const target = jobFolder(params.target);
  try {
    const inMl = ['input/config', 'input/data', 'model', 'output/data', 'checkpoints', 'code'].map((name) =>
      join(aside.ml, name),
    );
    for (const path of [...inMl, aside.home, aside.temporary, aside.state])
      await mkdir(path, { recursive: true, mode: 0o700 });
    await layInputs(params.request, params.objects, aside);
    await layConfig(params.request, aside, target.ml);
    await writeJson(aside.spec, params.spec);
    await rename(aside.root, target.root);
  } catch (error) {
    await rm(aside.root, { recursive: true, force: true });
    if (!hasErrorCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}

/** Removes what processes that died while building left behind. */
export async function sweepBuildings(jobsDir: string): Promise<void> {
  for (const name of await readdir(jobsDir)) {
    const pid = Number(BUILDING.exec(name)?.[1] ?? Number.NaN);
    if (pid === process.pid || Number.isNaN(pid) || identifyProcess(pid) !== null) continue;
    await rm(join(jobsDir, name), { recursive: true, force: true });
  }
}
