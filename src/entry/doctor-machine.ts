import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config.js';
import { messageOf } from '../errors.js';
import { environmentStamp, trainerDir } from '../installation.js';
import type { DoctorLine } from './api-types.js';

const minimumFreeGb = 2;

function check(name: string, body: () => string, fix: string, status: 'warn' | 'fail' = 'fail'): DoctorLine {
  try {
    return { check: name, status: 'ok', detail: body(), fix: null };
  } catch (error) {
    return { check: name, status, detail: messageOf(error), fix };
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

function checkNode(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    throw new Error(`Node.js ${process.versions.node} is too old, 20.19 is the least`);
  return process.versions.node;
}

function checkEnvironment(config: Config): string {
  const { digest, python } = environmentStamp(config.pythonPath);
  const requirements = readFileSync(join(trainerDir, 'requirements.txt'));
  const wanted = createHash('sha256').update(python).update('\nrequirements.txt\n').update(requirements).digest('hex');
  if (digest !== wanted) throw new Error('it was made from other requirements than trainer/requirements.txt');
  return `Python ${python}`;
}

/** Checks that need no state directory. */
export function checkMachine(config: Config): DoctorLine[] {
  return [
    check('Node.js', checkNode, 'install Node.js 20.19 or newer'),
    check("trainer's environment", () => checkEnvironment(config), 'npm run setup'),
    check(
      'git',
      () => execFileSync('git', ['--version'], { encoding: 'utf8' }).trim(),
      'install git (Debian: apt-get install git)',
    ),
    check(
      'free disk',
      () => {
        const { bavail, bsize } = statfsSync(nearestExisting(config.stateDir));
        const gb = (bavail * bsize) / 2 ** 30;
        if (gb < minimumFreeGb)
          throw new Error(`${gb.toFixed(1)} GB free at ${config.stateDir}, ${minimumFreeGb} GB is the least`);
        return `${gb.toFixed(1)} GB free`;
      },
      'free some space, or choose another state directory with --dir',
      'warn',
    ),
  ];
}
