import { z } from 'zod';
import { splitName, type PreparedData } from '../../../contracts/data.js';
import type { DatasetVersion } from '../../../ports/dataset-catalog.js';
import type { ObjectStore } from '../../../ports/object-store.js';
import { findJson, writeJson } from '../../shared/json-objects.js';
import { viewVersion } from './read-dataset.js';

/** Where everything lies that belongs to a version; bytes are named by their hash and shared by versions. */
function versionPrefix({ datasetId, version }: Pick<DatasetVersion, 'datasetId' | 'version'>): string {
  return `datasets/${datasetId}/versions/${version}`;
}

/** One way in which a version was split: `versions/{version}/splits/{split_id}.json`. */
export const splitManifest = z.object({
  format: z.literal(1),
  split_id: z.string(),
  target: z.string(),
  split_method: z.enum(['stratified', 'quantile_stratified', 'time_ordered']),
  seed: z.number().int(),
  prepared_key: z.string(),
  splits: z.record(splitName, z.object({ key: z.string(), rows: z.number().int(), sha256: z.string() })),
});
export type SplitManifest = z.infer<typeof splitManifest>;

/** Writes `versions/{version}/manifest.json`; what it says of a version never changes, so that writing it again is harmless. */
export async function writeVersionManifest(objects: ObjectStore, version: DatasetVersion): Promise<void> {
  const manifest = { manifest_format: 1, ...viewVersion(version), content_digest: version.contentDigest };
  await writeJson(objects, `${versionPrefix(version)}/manifest.json`, manifest);
}

/** Writes the manifest of a split: a file of its own, so that two runs that split one version at once lose nothing. */
export async function writeSplitManifest(
  objects: ObjectStore,
  params: { version: DatasetVersion; splitId: string; prefix: string; prepared: PreparedData },
): Promise<void> {
  const { version, splitId, prefix, prepared } = params;
  const place = (name: z.infer<typeof splitName>) => {
    const { file_name: fileName, rows, sha256 } = prepared.splits[name];
    return { key: `${prefix}/output/${fileName}`, rows, sha256 };
  };
  const manifest: SplitManifest = {
    format: 1,
    split_id: splitId,
    target: prepared.target,
    split_method: prepared.split_method,
    seed: prepared.seed,
    prepared_key: `${prefix}/output/prepared.json`,
    splits: { train: place('train'), validation: place('validation'), test: place('test') },
  };
  await writeJson(objects, `${versionPrefix(version)}/splits/${splitId}.json`, manifest);
}

/** Every split that was made of a version, by id. */
export async function splitsOf(
  objects: ObjectStore,
  version: Pick<DatasetVersion, 'datasetId' | 'version'>,
): Promise<SplitManifest[]> {
  const infos = await objects.list({ prefix: `${versionPrefix(version)}/splits/` });
  const found = await Promise.all(infos.map(({ key }) => findJson(objects, key, splitManifest)));
  return found.filter((one) => one !== null);
}
