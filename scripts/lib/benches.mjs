// The programs of `npm run bench` and `npm run pictures`.
import { lstatSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

/** Compiles `bench/` and what it needs of `test/` to `dist-bench/`; what they import from `src/` is the build itself. */
export async function compileBenches(root) {
  const out = join(root, 'dist-bench');
  for (const folder of ['bench', 'test']) rmSync(join(out, folder), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await runStep('Compiling the benchmarks', process.execPath, [tsc, '-p', 'tsconfig.bench.json'], { cwd: root });
  const link = join(out, 'src');
  const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (isLink) return;
  rmSync(link, { recursive: true, force: true });
  symlinkSync(join('..', 'dist'), link);
}
