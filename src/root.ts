import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout: the folder that holds package.json, whether we run from `src/` or from `dist/`. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Absolute path of a compiled program, e.g. `program('jobs/evaluate')`; child processes always run what `npm run build` made. */
export function program(name: string): string {
  const path = join(projectRoot, 'dist', `${name}.js`);
  if (!existsSync(path)) throw new Error(`The program ${name} is not built (looked for ${path}): run "npm run build".`);
  return path;
}
