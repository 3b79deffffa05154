import { chmod, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import type { ObjectStore } from '../../../ports/object-store.js';

/**
 * Writes `model.tar.gz` as SageMaker unpacks it (the files at its root). The same files give the same bytes: sorted names,
 * no times, no owners.
 */
export async function writeModelArchive(
  objects: ObjectStore,
  params: { key: string; files: readonly { name: string; key: string }[] },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dandori-package-'));
  try {
    for (const { name, key } of params.files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await copyFile(await objects.getFile({ key }), join(folder, name));
      // The object store may keep its files read-only; what is unpacked is an ordinary file everywhere.
      await chmod(join(folder, name), 0o644);
    }
    const archive = join(folder, '.model.tar.gz');
    const names = params.files.map(({ name }) => name).toSorted();
    await create({ cwd: folder, file: archive, gzip: { level: 6 }, portable: true, mtime: new Date(0) }, names);
    await objects.putFile({ key: params.key, path: archive });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
