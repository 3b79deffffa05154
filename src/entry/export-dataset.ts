import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'yaml';
import { DandoriError } from '../errors.js';
import type { DatasetCatalog } from '../ports/dataset-catalog.js';
import type { ObjectStore } from '../ports/object-store.js';

export interface ExportedDataset {
  dataset_id: string;
  version: string;
  path: string;
  /** The small file that DVC keeps in git in place of the data. */
  dvc_path: string;
  md5: string;
  bytes: number;
}

/** `raw/{digest}.csv.gz` -> `.csv.gz` */
function endingOf(rawKey: string): string {
  const gzip = rawKey.endsWith('.gz') ? '.gz' : '';
  return `${extname(rawKey.slice(0, rawKey.length - gzip.length))}${gzip}`;
}

async function md5Of(path: string): Promise<string> {
  // DVC names the bytes by MD5; nothing here trusts it.
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Both files are whole or the old ones: written beside their names first. */
async function replace(path: string, write: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${path}.${randomUUID()}.part`;
  try {
    await write(fresh);
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** Writes a version's bytes as `{dataset_id}.{ending}` and the `.dvc` file of DVC 3 that describes them; the name is the same for each version, so that git shows one file changing. */
export async function exportDataset(
  ports: { catalog: DatasetCatalog; objects: ObjectStore },
  params: { datasetId: string; version: string; folder: string },
): Promise<ExportedDataset> {
  const { datasetId, version, rawKey, bytes } = await ports.catalog.getVersion(params);
  const fileName = `${datasetId}${endingOf(rawKey)}`;
  const path = join(resolve(params.folder), fileName);
  const dvcPath = `${path}.dvc`;
  if (existsSync(path) && !existsSync(dvcPath)) {
    throw new DandoriError('already_exists', `The file ${path} is there already and has no .dvc file beside it.`, {
      next: 'choose another folder, or move the file away: only an earlier export is replaced.',
    });
  }
  await mkdir(resolve(params.folder), { recursive: true });
  const stored = await ports.objects.getFile({ key: rawKey });
  await replace(path, (fresh) => copyFile(stored, fresh, constants.COPYFILE_EXCL));
  const md5 = await md5Of(path);
  const described = { outs: [{ md5, size: bytes, hash: 'md5', path: fileName }] };
  await replace(dvcPath, (fresh) => writeFile(fresh, stringify(described, { indentSeq: false })));
  return { dataset_id: datasetId, version, path, dvc_path: dvcPath, md5, bytes };
}
