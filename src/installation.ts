import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DandoriError } from './errors.js';
import { projectRoot } from './root.js';

const packageJson = z.object({ version: z.string() });

/** Version of this Dandori. */
export const dandoriVersion = packageJson.parse(
  JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')),
).version;

export const trainerDir = join(projectRoot, 'trainer');

const stamp = z.object({ digest: z.string(), python: z.string() });

/** The stamp that the set-up left in the trainer's virtual environment. */
export function environmentStamp(pythonPath: string): { digest: string; python: string } {
  const path = join(dirname(dirname(pythonPath)), 'dandori-stamp.json');
  const parsed = existsSync(path) ? stamp.safeParse(JSON.parse(readFileSync(path, 'utf8'))) : null;
  if (parsed?.success === true) return parsed.data;
  throw new DandoriError('unavailable', "The trainer's Python environment is not set up.", {
    found: `no readable ${path}`,
    next: 'run "npm run setup".',
  });
}
