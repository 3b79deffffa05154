import { createHash } from 'node:crypto';
import { constants, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { artefactNames, artefactOf, pythonModel } from '../../contracts/python-model.js';
import { DandoriError } from '../../errors.js';
import type { VariantSpec } from '../../ports/endpoint-platform.js';
import type { ObjectStore } from '../../ports/object-store.js';
import type { EndpointView, RouterVariant } from '../../serving/control-contract.js';
import type { RouterPaths } from '../../serving/router-files.js';

/** A copy that nobody serves is kept this long: another deployment may be about to use it. */
const keepUnusedMs = 3_600_000;

/** Digests of the served files by name; the registry lists object keys, a caller may list file names. */
function servedDigests({ digests, packagePrefix }: VariantSpec): Record<string, string> {
  const named = new Map(
    Object.entries(digests).map(([key, digest]) => [
      key.startsWith(`${packagePrefix}/`) ? key.slice(packagePrefix.length + 1) : key,
      digest,
    ]),
  );
  const artefact = artefactOf(named.keys());
  const model = artefact === null ? undefined : named.get(artefact);
  const signature = named.get('signature.json');
  if (artefact !== null && model !== undefined && signature !== undefined)
    return { [artefact]: model, 'signature.json': signature };
  throw new DandoriError('invalid_input', `The package ${packagePrefix} has no digests of what is to be served.`, {
    found: Object.keys(digests).slice(0, 10).join(', ') || 'no digests',
    allowed: `${artefactNames.join(' or ')}, and signature.json`,
    next: 'package the model again: only digested files are served.',
  });
}

/**
 * Copies the served files beside the router, into a folder named by their digests: the router serves them again after a
 * restart whatever happens to the object store. A file that is not the one that was packaged is refused.
 */
export async function stagePackage(
  objects: ObjectStore,
  paths: RouterPaths,
  variant: VariantSpec,
): Promise<RouterVariant> {
  const digests = servedDigests(variant);
  const id = createHash('sha256').update(JSON.stringify(digests)).digest('hex');
  const folder = join(paths.packages, id);
  if (!existsSync(folder)) {
    mkdirSync(paths.packages, { recursive: true, mode: 0o700 });
    const aside = mkdtempSync(join(paths.packages, '.new-'));
    try {
      for (const [name, sha256] of Object.entries(digests)) await stageFile(objects, variant, name, sha256, aside);
      if (digests['python_model.json'] !== undefined) await stageModelFiles(objects, variant, aside);
      if (!existsSync(folder)) renameSync(aside, folder);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  return {
    variant_name: variant.variantName,
    model_name: variant.modelName,
    version: variant.version,
    package_prefix: variant.packagePrefix,
    digests,
    weight: variant.weight,
    package_id: id,
  };
}

/** The files that a staged `python_model.json` lists, below `model/`. */
async function stageModelFiles(objects: ObjectStore, variant: VariantSpec, folder: string): Promise<void> {
  const { files } = pythonModel.parse(JSON.parse(readFileSync(join(folder, 'python_model.json'), 'utf8')));
  for (const [path, sha256] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'model', path)), { recursive: true, mode: 0o700 });
    await stageFile(objects, variant, `model/${path}`, sha256, folder);
  }
}

async function stageFile(
  objects: ObjectStore,
  variant: VariantSpec,
  name: string,
  sha256: string,
  folder: string,
): Promise<void> {
  const path = join(folder, name);
  copyFileSync(await objects.getFile({ key: `${variant.packagePrefix}/${name}` }), path, constants.COPYFILE_FICLONE);
  const found = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (found === sha256) return;
  throw new DandoriError('corrupt', `The file ${variant.packagePrefix}/${name} is not the one that was packaged.`, {
    found: `SHA-256 ${found}`,
    allowed: `SHA-256 ${sha256}`,
    next: 'deploy another version, or package the model again; what served before keeps serving.',
  });
}

/** Removes copies that no endpoint serves any more. */
export async function prunePackages(
  paths: RouterPaths,
  endpoints: readonly EndpointView[],
  now = Date.now(),
): Promise<void> {
  const used = new Set(endpoints.flatMap((endpoint) => endpoint.variants.map((variant) => variant.package_id)));
  for (const name of await readdir(paths.packages)) {
    const path = join(paths.packages, name);
    if (!used.has(name) && now - (await stat(path)).mtimeMs > keepUnusedMs)
      await rm(path, { recursive: true, force: true });
  }
}
