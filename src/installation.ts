import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DandoriError } from './errors.js';
import { projectRoot } from './root.js';

// No schema library here: every start of a command comes by, and it would be the longest part of it.

const packageJson = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

/** Version of this Dandori. */
export const dandoriVersion = packageJson.version;

export const trainerDir = join(projectRoot, 'trainer');

interface Stamp {
  digest: string;
  python: string;
}

/** The stamp in a file; null when there is none that can be read. */
function readStamp(path: string): Stamp | null {
  try {
    const { digest, python } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<keyof Stamp, unknown>>;
    return typeof digest === 'string' && typeof python === 'string' ? { digest, python } : null;
  } catch {
    return null;
  }
}

/** The stamp that the set-up left in the trainer's virtual environment. */
export function environmentStamp(pythonPath: string): Stamp {
  const path = join(dirname(dirname(pythonPath)), 'dandori-stamp.json');
  const stamp = readStamp(path);
  if (stamp !== null) return stamp;
  throw new DandoriError('unavailable', "The trainer's Python environment is not set up.", {
    found: `no readable ${path}`,
    next: 'run "npm run setup".',
  });
}
