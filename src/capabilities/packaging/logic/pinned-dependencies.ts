import { z } from 'zod';
import { DandoriError } from '../../../errors.js';

const lockedPackage = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});

/** What is read of a package-lock.json of version 3. */
const lockfile = z.looseObject({ packages: z.record(z.string(), lockedPackage) });

export interface PinnedDependencies {
  /** `dependencies` of the manifest: exact versions. */
  dependencies: Record<string, string>;
  /** `packages` of the lock file, without the entry of the project itself; addresses of registries are left out. */
  packages: Record<string, Record<string, unknown>>;
}

type Packages = z.infer<typeof lockfile>['packages'];

/** Where npm finds `name` from the folder of `from`: the nearest node_modules upwards; null when it was not installed. */
function resolveFrom(packages: Packages, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') return null;
  }
}

/** The named packages and all that they need, pinned to what package-lock.json says; `not_found` names one that is not locked. */
export function pinDependencies(lock: unknown, names: readonly string[]): PinnedDependencies {
  const { packages } = lockfile.parse(lock);
  const kept = new Map<string, Record<string, unknown>>();
  const queue: { from: string; name: string; optional: boolean }[] = names.map((name) => ({
    from: '',
    name,
    optional: false,
  }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const path = resolveFrom(packages, next.from, next.name);
    const found = path === null ? undefined : packages[path];
    if (path === null || found === undefined) {
      if (next.optional) continue;
      throw new DandoriError(
        'not_found',
        `The dependency ${next.name} of the model server is not in package-lock.json.`,
        {
          next: 'run "npm install" and "npm run build", then package again.',
        },
      );
    }
    if (kept.has(path)) continue;
    const { resolved: _, ...entry } = found;
    kept.set(path, entry);
    for (const name of Object.keys(found.dependencies ?? {})) queue.push({ from: path, name, optional: false });
    for (const name of Object.keys(found.optionalDependencies ?? {})) queue.push({ from: path, name, optional: true });
  }
  const dependencies = names
    .toSorted()
    .map((name): [string, string] => [name, packages[`node_modules/${name}`]?.version ?? '']);
  const sorted = [...kept].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { dependencies: Object.fromEntries(dependencies), packages: Object.fromEntries(sorted) };
}
